//! The system call filter: an allow list with rules on arguments, as a program for the kernel.
//!
//! What is not listed fails with EPERM. Calls that are newer than the list, and those whose
//! arguments a filter cannot see because they lie in memory, fail with ENOSYS, upon which libraries
//! use the older call. Calls by the rules of another architecture kill the process.

mod calls;
mod names;
mod profile;
#[cfg(test)]
mod tests;

use libc::sock_filter;

use self::calls::Rule;
pub(crate) use self::profile::container_profile;

/// What a filter may differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Profile {
    /// Whether sockets of the internet families may be made: there is a network namespace.
    pub(super) network: bool,
    /// Whether Unix sockets may be made, beside connected pairs.
    pub(super) unix_sockets: bool,
    /// Whether files may be made that live in memory only: a cgroup adds them up, and nothing else
    /// can.
    pub(super) memory_files: bool,
}

/// `AUDIT_ARCH_*` of this architecture (`linux/audit.h`).
#[cfg(target_arch = "x86_64")]
const ARCH: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCH: u32 = 0xC000_00B7;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("the system call filter is written for x86_64 and aarch64");

/// First call number that the list does not know: those from here on are newer.
const FIRST_UNKNOWN: u32 = 463;

/// Numbers from here on are calls of the x32 interface on x86_64.
const X32: u32 = 0x4000_0000;

const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;

const fn errno(number: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | (number.unsigned_abs() & libc::SECCOMP_RET_DATA)
}

/// Makes the filter.
pub(super) fn program(profile: Profile) -> Vec<sock_filter> {
    let mut rules = calls::rules(profile);
    rules.sort_by_key(|(number, _)| *number);
    let mut asm = Asm::default();
    asm.load(4);
    asm.return_unless_equal(ARCH, KILL);
    asm.load(0);
    asm.return_if_at_least(X32, KILL);
    asm.return_if_at_least(FIRST_UNKNOWN, errno(libc::ENOSYS));
    asm.search(&ranges(&rules));
    asm.0
}

/// Call numbers from one on, up to the next range, that share a rule.
type Range = (u32, Rule);

/// Joins neighbours with one rule and fills the gaps with a refusal.
fn ranges(rules: &[(u32, Rule)]) -> Vec<Range> {
    let mut ranges: Vec<Range> = vec![(0, Rule::REFUSE)];
    let mut add = |from: u32, rule: Rule| {
        if let Some(last) = ranges.last_mut() {
            if last.0 == from {
                last.1 = rule;
                return;
            }
            if last.1 == rule {
                return;
            }
        }
        ranges.push((from, rule));
    };
    let mut next = 0;
    for &(number, rule) in rules {
        if number > next {
            add(next, Rule::REFUSE);
        }
        add(number, rule);
        next = number + 1;
    }
    add(next, Rule::REFUSE);
    // Filling a gap of no width may leave two equal neighbours.
    ranges.dedup_by(|b, a| a.1 == b.1);
    ranges
}

/// Where the words of an argument lie in what a filter sees (`struct seccomp_data`).
const fn argument(index: u32) -> u32 {
    16 + 8 * index
}

/// Writes a program.
#[derive(Default)]
struct Asm(Vec<sock_filter>);

impl Asm {
    fn push(&mut self, code: u32, jt: u8, jf: u8, k: u32) {
        self.0.push(sock_filter {
            code: u16::try_from(code).unwrap_or_default(),
            jt,
            jf,
            k,
        });
    }

    fn load(&mut self, offset: u32) {
        self.push(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset);
    }

    fn and(&mut self, mask: u32) {
        self.push(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0, 0, mask);
    }

    fn done(&mut self, result: u32) {
        self.push(libc::BPF_RET | libc::BPF_K, 0, 0, result);
    }

    fn return_if_equal(&mut self, value: u32, result: u32) {
        self.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, value);
        self.done(result);
    }

    fn return_unless_equal(&mut self, value: u32, result: u32) {
        self.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, 0, value);
        self.done(result);
    }

    fn return_if_at_least(&mut self, value: u32, result: u32) {
        self.push(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, value);
        self.done(result);
    }

    fn return_if_any(&mut self, bits: u32, result: u32) {
        self.push(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 0, 1, bits);
        self.done(result);
    }

    fn return_unless_any(&mut self, bits: u32, result: u32) {
        self.push(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 1, 0, bits);
        self.done(result);
    }

    /// Finds the rule of the loaded number by halving. Every way through ends in a result, so that
    /// nothing runs into what follows.
    fn search(&mut self, ranges: &[Range]) {
        match ranges {
            [] => self.done(errno(libc::EPERM)),
            [(_, rule)] => rule.write(self),
            _ => {
                let (low, high) = ranges.split_at(ranges.len() / 2);
                let first = high.first().map_or(0, |(number, _)| *number);
                // A conditional jump reaches 255 instructions, an unconditional one any distance.
                self.push(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, first);
                let jump = self.0.len();
                self.push(libc::BPF_JMP | libc::BPF_JA, 0, 0, 0);
                self.search(low);
                let distance = u32::try_from(self.0.len() - jump - 1).unwrap_or(u32::MAX);
                if let Some(instruction) = self.0.get_mut(jump) {
                    instruction.k = distance;
                }
                self.search(high);
            }
        }
    }
}

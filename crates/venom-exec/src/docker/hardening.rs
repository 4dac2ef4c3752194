//! What a container is asked for: all of its walls at once, when it is made. Nothing is changed
//! afterwards, so that there is no moment without them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig,
    Mount, MountType, ResourcesUlimits,
};
use venom_kernel::confine::Limits;

use super::bundle::Bundle;
use super::engine::Facts;
use crate::cell::{FOLDER, HOME, container_profile};

/// A container as it is asked for. Two that are equal can stand for each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The image's digest.
    pub(crate) image: String,
    /// User and group of commands.
    pub(crate) user: (u32, u32),
    /// The runtime, if not the engine's usual one.
    pub(crate) runtime: Option<String>,
    /// What is seen of the machine, each at its place.
    pub(crate) seen: Vec<Seen>,
    pub(crate) limits: Limits,
}

/// Something of the machine that is seen in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) from: From,
    /// Where it is seen.
    pub(crate) at: PathBuf,
    pub(crate) is_writable: bool,
}

/// Where something that is seen comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    /// A path of the machine.
    Machine(PathBuf),
    /// A path beneath the folder that the container has for itself.
    Own(PathBuf),
}

impl Shape {
    /// Turns it into what the engine is asked for. `folder` is the container's own.
    pub(crate) fn body(
        &self,
        folder: &Path,
        bundle: &Bundle,
        facts: &Facts,
        labels: HashMap<String, String>,
    ) -> ContainerCreateBody {
        let (uid, gid) = self.user;
        ContainerCreateBody {
            image: Some(self.image.clone()),
            hostname: Some("venom".to_owned()),
            user: Some(format!("{uid}:{gid}")),
            entrypoint: Some(bundle.command()),
            cmd: Some(Vec::new()),
            working_dir: Some("/".to_owned()),
            labels: Some(labels),
            healthcheck: Some(HealthConfig {
                test: Some(vec!["NONE".to_owned()]),
                ..HealthConfig::default()
            }),
            host_config: Some(self.host_config(folder, bundle, facts)),
            ..ContainerCreateBody::default()
        }
    }

    fn host_config(&self, folder: &Path, bundle: &Bundle, facts: &Facts) -> HostConfig {
        let (uid, gid) = self.user;
        let mib = |number: u32| i64::from(number.max(1)) << 20;
        let limits = self.limits;
        let disk = mib(limits.disk_mib);
        let inodes = i64::from(limits.disk_mib.max(1)) * INODES_PER_MIB;
        let memory = mib(limits.memory_mib.max(SMALLEST_MEMORY_MIB));
        let processors = i64::from(facts.processors) * 1_000_000_000;
        HostConfig {
            auto_remove: Some(true),
            network_mode: Some("none".to_owned()),
            readonly_rootfs: Some(true),
            cap_drop: Some(vec!["ALL".to_owned()]),
            security_opt: Some(vec![
                "no-new-privileges:true".to_owned(),
                format!("seccomp={}", container_profile()),
            ]),
            ipc_mode: Some("private".to_owned()),
            cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
            memory: Some(memory),
            memory_swap: Some(memory),
            // An engine refuses more than its machine has.
            nano_cpus: Some((i64::from(limits.cpu_percent.max(1)) * 10_000_000).min(processors)),
            pids_limit: Some(i64::from(limits.processes.max(1)) + FIRST_PROCESSES),
            // An engine opens the low ports to everybody in a container.
            sysctls: Some(HashMap::from([(
                "net.ipv4.ip_unprivileged_port_start".to_owned(),
                "1024".to_owned(),
            )])),
            shm_size: Some(disk.min(MOST_SHARED)),
            tmpfs: Some(HashMap::from([
                (
                    "/tmp".to_owned(),
                    format!("rw,exec,nosuid,nodev,size={disk},nr_inodes={inodes},mode=1777"),
                ),
                (
                    HOME.to_owned(),
                    format!(
                        "rw,exec,nosuid,nodev,size={disk},nr_inodes={inodes},uid={uid},gid={gid},mode=0700"
                    ),
                ),
            ])),
            mounts: Some(self.mounts(folder, bundle)),
            ulimits: Some(vec![
                limit("core", 0),
                limit("nofile", 4_096),
                limit("msgqueue", 0),
            ]),
            log_config: Some(HostConfigLogConfig {
                typ: Some("none".to_owned()),
                config: None,
            }),
            runtime: self.runtime.clone(),
            ..HostConfig::default()
        }
    }

    fn mounts(&self, folder: &Path, bundle: &Bundle) -> Vec<Mount> {
        let bind = |from: &Path, at: String, is_writable: bool| Mount {
            typ: Some(MountType::BIND),
            source: Some(from.to_string_lossy().into_owned()),
            target: Some(at),
            read_only: Some(!is_writable),
            ..Mount::default()
        };
        let mut mounts: Vec<Mount> = self
            .seen
            .iter()
            .map(|seen| {
                let from = match &seen.from {
                    From::Machine(path) => path.clone(),
                    From::Own(path) => folder.join(path),
                };
                bind(
                    &from,
                    seen.at.to_string_lossy().into_owned(),
                    seen.is_writable,
                )
            })
            .collect();
        for (from, at) in bundle.files() {
            mounts.push(bind(&from, at, false));
        }
        mounts.push(bind(&folder.join("run"), format!("{FOLDER}/run"), false));
        mounts
    }
}

/// The least memory that is asked for: an engine refuses less than 6 MiB, and the first process needs
/// its own pages beside a command's.
const SMALLEST_MEMORY_MIB: u32 = 16;

/// Processes of VENOM's own beside those of commands: the first one, and one that watches the command.
const FIRST_PROCESSES: i64 = 2;

/// Files for each MiB of a file system in memory. Chosen: as many as a layer may hold.
const INODES_PER_MIB: i64 = 64;

/// The most shared memory. Chosen: a browser's need.
const MOST_SHARED: i64 = 256 << 20;

fn limit(name: &str, value: i64) -> ResourcesUlimits {
    ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(value),
        hard: Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wall_is_there_when_the_container_is_made() {
        let facts = Facts {
            socket: "/s".into(),
            version: "1".to_owned(),
            runtimes: ["runc".to_owned()].into(),
            usual_runtime: "runc".to_owned(),
            is_rootless: false,
            maps_users: false,
            processors: 2,
            architecture: "x86_64".to_owned(),
        };
        let shape = Shape {
            image: "sha256:0".to_owned(),
            user: (1000, 1000),
            runtime: None,
            seen: vec![Seen {
                from: From::Own("upper".into()),
                at: "/work".into(),
                is_writable: true,
            }],
            limits: Limits::BUILDS,
        };
        let bundle = Bundle::find(Path::new("/proc/self/exe")).unwrap();
        let body = shape.body(Path::new("/layers/x"), &bundle, &facts, HashMap::new());
        assert_eq!(body.user.as_deref(), Some("1000:1000"));
        let host = body.host_config.unwrap();
        assert_eq!(host.network_mode.as_deref(), Some("none"));
        assert_eq!(host.readonly_rootfs, Some(true));
        assert_eq!(host.cap_drop, Some(vec!["ALL".to_owned()]));
        assert_eq!(host.privileged, None);
        assert_eq!(host.memory, host.memory_swap);
        assert_eq!(host.nano_cpus, Some(2_000_000_000));
        assert_eq!(host.pids_limit, Some(4_098));
        let options = host.security_opt.unwrap();
        assert!(options.contains(&"no-new-privileges:true".to_owned()));
        let writable: Vec<_> = (host.mounts.unwrap().into_iter())
            .filter(|mount| mount.read_only == Some(false))
            .map(|mount| (mount.source.unwrap(), mount.target.unwrap()))
            .collect();
        assert_eq!(
            writable,
            [("/layers/x/upper".to_owned(), "/work".to_owned())]
        );
    }
}

//! The heap of this process: giving back to the system what nothing holds any more.
//!
//! The allocator keeps what was freed in the middle of its parts, and it has a part for almost every thread; what a
//! crowd took stays with the process when the crowd has gone, unless it is told to look.

/// Gives back to the system what nothing holds any more. It takes milliseconds, during which other threads may wait
/// for memory. Where the C library is not glibc, whose allocator this is about, it does nothing.
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        #[expect(unsafe_code, reason = "nothing safe asks the allocator for it")]
        // SAFETY: malloc_trim(3) takes a number and locks each part of the heap that it looks at; it may be called by
        // any thread, and what is allocated stays where it is.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

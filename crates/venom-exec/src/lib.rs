//! Execution of commands in the operating system.

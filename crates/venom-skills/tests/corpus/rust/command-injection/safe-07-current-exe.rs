use std::process::Command;

fn again() -> std::io::Result<()> {
    Command::new(std::env::current_exe()?).arg("--child").spawn()?;
    Ok(())
}

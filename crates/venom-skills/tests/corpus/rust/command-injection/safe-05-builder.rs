use clap::Command;

fn cli(name: &'static str) -> Command {
    Command::new("shop").arg(name.into())
}

use std::io;

fn run(terminal: &mut Terminal, name: &str) -> io::Result<()> {
    terminal.execute(&format!("Select {name} and press enter"))
}

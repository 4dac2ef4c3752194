//! Skills: git, files, code, test, build and shell, behind one registry.

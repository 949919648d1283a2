//! Manual pages and scripts for shells: what is made of the command line.

use super::*;

#[test]
fn the_manual_has_what_the_help_has() {
    let page = run(&["man"], &[], &[]);
    assert_eq!((page.code, page.err.as_str()), (exit::DONE, ""));
    for text in
        [".TH shop", "The shop", ".SH Resources", "orders", "\\fBSHOP_API_KEY\\fR", "\\fB130\\fR"]
    {
        assert!(page.out.contains(text), "{text} is not in {}", page.out);
    }
    let page = run(&["man", "sync"], &[], &[]).out;
    assert!(page.contains(".TH shop-sync") && page.contains("\\-\\-max\\-run\\-time"), "{page}");
    // a secret has no flag
    assert!(!page.contains("api\\-key"), "{page}");
}

#[test]
fn the_manual_of_a_command_below_another() {
    let page = run(&["man", "state", "show"], &[], &[]);
    assert_eq!((page.code, page.err.as_str()), (exit::DONE, ""));
    assert!(page.out.contains(".TH shop-state-show"), "{}", page.out);
    let page = run(&["man", "sync", "show"], &[], &[]);
    assert!(page.err.ends_with("help: `sync` has no commands below it\n"), "{}", page.err);
}

#[test]
fn the_manual_of_no_command_says_which_there_are() {
    let page = run(&["man", "sunc"], &[], &[]);
    assert_eq!(page.code, exit::CONFIG);
    assert!(
        page.err.starts_with("error: there is no command `sunc`\n  help: the commands are sync, ")
    );
}

#[test]
fn each_shell_has_a_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&["completions", shell], &[], &[]);
        assert_eq!((script.code, script.err.as_str()), (exit::DONE, ""), "{shell}");
        assert!(script.out.contains("max-run-time"), "{shell}");
        assert!(!script.out.contains("api-key"), "{shell}");
    }
}

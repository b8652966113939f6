//! `claudectl man`.

use crate::world;

#[test]
fn the_page_names_every_command() {
    let page = world().run(["man"]).success().stdout;
    assert!(page.contains(".TH claudectl 1"), "{page}");
    for command in ["ls", "show", "spend", "prices", "history", "doctor", "config", "clean", "completions"] {
        assert!(page.contains(&format!("claudectl\\-{command}(1)")), "{command}");
    }
    assert!(!page.contains("claudectl\\-docs"), "the hidden command has no page");
}

#[test]
fn a_page_for_each_command() {
    let world = world();
    std::fs::create_dir(world.work_dir().join("man")).unwrap();
    world.run(["man", "--dir", "man"]).success();
    let pages = crate::tree(&world.work_dir().join("man"));
    let names: Vec<&str> = pages.keys().filter_map(|path| path.file_name()?.to_str()).collect();
    for page in ["claudectl.1", "claudectl-ls.1", "claudectl-spend.1", "claudectl-config-set.1"] {
        assert!(names.contains(&page), "{page} of {names:?}");
    }
    assert!(!names.contains(&"claudectl-docs.1"));
    let spend = String::from_utf8(pages[&world.work_dir().join("man/claudectl-spend.1")].clone()).unwrap();
    assert!(spend.contains("never guessed"), "the whole help stands in it");
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let out = world().run(["man", "--dir", "nowhere"]).fails_with(3);
    assert!(out.stderr.starts_with("error: cannot write manual pages to nowhere\n  why: "), "{}", out.stderr);
    assert!(out.stderr.contains("\n  fix: "), "{}", out.stderr);
}

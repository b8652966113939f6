//! What is drawn.

use super::Screen;

#[test]
fn show() {
    for width in [60, 80, 120, 200] {
        println!("{}", Screen::new(width, 24).text());
    }
    println!("{}", Screen::new(120, 40).press("j<Enter>").text());
    println!("{}", Screen::new(120, 40).press("$").text());
    println!("{}", Screen::new(120, 30).press("g").text());
}

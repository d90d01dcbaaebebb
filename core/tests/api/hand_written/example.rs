//! The example of the README: what is said about it.

use super::codes;

#[test]
fn the_example_shows_its_three_mistakes() {
    let text = include_str!("../../../../examples/hand-written/egress.yaml");
    let mut said = codes(&[text]);
    said.sort();
    assert_eq!(said, ["EGR0705", "EGR0706", "EGR0710"]);
}

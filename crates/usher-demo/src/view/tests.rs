use super::*;

#[test]
fn every_template_compiles() {
    compile().unwrap();
}

//! What the compiler says to bad definitions. Each file of `tests/ui` holds one rule; its output
//! stands beside it.

#[test]
fn every_mistake_is_an_error_on_its_token() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

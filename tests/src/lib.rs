//! What crosses crates: the tests are beside this folder.

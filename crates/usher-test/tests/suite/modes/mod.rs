//! What holds for all modes together.

mod artefacts;
mod mixing;

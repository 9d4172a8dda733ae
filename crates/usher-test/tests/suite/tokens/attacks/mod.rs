//! Attack classes that aim at codes and tokens, one module each, named after the class.

mod codes;
mod forged;
mod mixed_up;
mod reach;
mod truncated;

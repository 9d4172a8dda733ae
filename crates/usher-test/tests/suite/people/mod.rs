//! People at the pages: signing in and out, sessions, consent, what an interaction is bound to, pools side by side, and what an
//! operator may declare. Tests of attack classes stand in modules named after the class.

mod configuration;
mod consent;
mod contradictions;
mod declarations;
mod forgery;
mod guessing;
mod hashing;
mod interaction;
mod known_devices;
mod limits;
mod logout;
mod pools;
mod pools_at_domains;
mod sessions;
mod sign_in;
mod sign_out_page;
mod steps;
mod support;
mod walks;
mod wear;

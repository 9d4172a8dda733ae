//! The modes beside the plain code flow: tokens by the front channel, their ways back to an application, the password grant, and the
//! page where a password has to be changed.

mod hybrid;
mod id_tokens;
mod life;
mod new_password;
mod new_password_walks;
mod password_grant;
mod password_limits;
mod responses;
mod support;
mod switches;
mod web_message;
mod withheld;

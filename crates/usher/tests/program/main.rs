//! The program as an operator meets it: what is printed where, with which exit status, with a server and without one.

#[cfg(test)]
mod advise;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod first_file;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod master_key;
#[cfg(test)]
mod operate;
#[cfg(test)]
mod settings_page;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod upkeep;
#[cfg(test)]
mod wrong_settings;

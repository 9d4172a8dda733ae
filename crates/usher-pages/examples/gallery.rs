//! Writes every sample page to a folder, to be looked at: `cargo run -p usher-pages --example gallery -- <folder>`.
//! Files are named `<language>-<page>.html`, with `-longest` at the end where every text is as long as anybody's.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::path::Path;
use std::{env, fs, io};
use usher_pages::render::{Mode, Rgb, application_style, html, icon, style_css};
use usher_types::Locale;

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="#7a1fa2"/><circle cx="20" cy="20" r="9" fill="none" stroke="#fff" stroke-width="4"/><circle cx="31" cy="10" r="2.5" fill="#fff"/></svg>"##;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or_else(|| io::Error::other("name the folder to write to"))?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    fs::write(folder.join("usher.css"), style_css().0)?;
    fs::write(folder.join("favicon.ico"), icon())?;
    fs::write(folder.join("logo.svg"), LOGO)?;
    let colour = Rgb::parse("#7a1fa2").ok_or_else(|| io::Error::other("the colour cannot be read"))?;
    fs::write(folder.join("application.css"), application_style(colour))?;
    for locale in Locale::ALL {
        write(folder, "", sample::all(locale, &str::to_owned))?;
        write(folder, "-longest", sample::all(locale, &sample::longest))?;
    }
    Ok(())
}

/// Writes pages with the addresses of what they use turned into names of files.
fn write(folder: &Path, suffix: &str, samples: Vec<sample::Sample>) -> io::Result<()> {
    let style = format!("/assets/usher.css?v={}", style_css().1);
    for sample::Sample { name, page } in samples {
        let mut body = html(&page, Mode { developer: true }).body;
        body = body.replace(&style, "usher.css").replace("/favicon.ico", "favicon.ico");
        if let Some(application) = &page.frame.application {
            for (address, file) in [(&application.logo, "logo.svg"), (&application.style, "application.css")]
            {
                body = address.iter().fold(body, |body, address| body.replace(address.as_str(), file));
            }
        }
        // A page that sends itself away would not stay to be looked at.
        body = body.replace("<script>", "<script type=\"text/plain\">");
        fs::write(folder.join(format!("{}-{name}{suffix}.html", page.frame.locale.tag())), body)?;
    }
    Ok(())
}

//! The four questions.

use inquire::{Select, Text};

use super::{Answers, Args, Tls, usual_tls};

/// Asks what no flag says.
pub fn ask(args: &Args) -> anyhow::Result<Answers> {
    let text = |given: &Option<String>, question: &str, example: &str| match given {
        Some(given) => Ok(given.clone()),
        None => Text::new(question).with_placeholder(example).prompt(),
    };
    let public_url = text(
        &args.public_url,
        "Where will people reach Doorward itself?",
        "https://auth.example.com, or http://localhost:8080 to try it",
    )?;
    let tls = ask_tls(args, &public_url)?;
    let (cert, key) = if tls == Tls::Files {
        (
            text(
                &args.cert,
                "PEM file with the certificate chain?",
                "/etc/ssl/auth.pem",
            )?,
            text(&args.key, "PEM file with its key?", "/etc/ssl/auth.key")?,
        )
    } else {
        (String::new(), String::new())
    };
    Ok(Answers {
        app_host: text(
            &args.app_host,
            "Which host has the app that you want to protect?",
            "wiki.example.com",
        )?,
        upstream: text(
            &args.upstream,
            "Where does that app listen?",
            "http://127.0.0.1:3000",
        )?,
        public_url,
        tls,
        cert,
        key,
    })
}

fn ask_tls(args: &Args, public_url: &str) -> anyhow::Result<Tls> {
    if let Some(tls) = args.tls {
        return Ok(tls);
    }
    if public_url.starts_with("http://") || args.cert.is_some() {
        return Ok(usual_tls(public_url, args.cert.is_some()));
    }
    let choices = vec![
        "here, with certificate files",
        "at a proxy on this machine",
        "here, with a development authority (browsers will warn)",
    ];
    let chosen = Select::new("Where does TLS end?", choices).raw_prompt()?;
    Ok(match chosen.index {
        0 => Tls::Files,
        1 => Tls::Proxy,
        _ => Tls::Dev,
    })
}

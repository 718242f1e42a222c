//! Tenants: their ways in, and how their pages look.

use super::*;
use crate::model::LoginMethod;

const ACME: &str = "[tenant.acme]\nuuid = \"6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111\"\n";

fn acme(rest: &str) -> String {
    with_site(&format!("{ACME}{rest}\n"))
}

#[test]
fn a_tenant_says_by_which_ways_its_people_come_in() {
    for (written, meant) in [
        ("", &LoginMethod::ALL[..]),
        ("login = [\"password\"]", &[LoginMethod::Password]),
        ("login = [\"one_time_link\"]", &[LoginMethod::OneTimeLink]),
        (
            "login = [\"one_time_link\", \"password\"]",
            &[LoginMethod::OneTimeLink, LoginMethod::Password],
        ),
    ] {
        let settings = settings(&acme(written));
        assert_eq!(settings.tenants["acme"].login, meant);
        assert_eq!(settings.login.tenants, settings.tenants);
    }
}

#[test]
fn ways_in_that_are_not_there_yet_and_tenants_without_any_are_refused() {
    for (written, said) in [
        (
            "login = [\"passkey\"]",
            "\"passkey\" is not in this version",
        ),
        ("login = [\"google\"]", "signing in with another provider"),
        ("login = [\"pasword\"]", "did you mean \"password\"?"),
        ("login = []", "nobody of this tenant could sign in"),
        (
            "login = [\"password\", \"password\"]",
            "in the list already",
        ),
        (
            "login = [\"one_time_link\"]\n[[users]]\nkind = \"local\"\nsignup = \"off\"",
            "`signup` is off, so there are no links",
        ),
    ] {
        let text = problems(&acme(written));
        assert!(text.contains(said), "{written}: {text}");
    }
}

/// One pixel.
fn png() -> Vec<u8> {
    let chunk = |kind: &[u8], content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length, kind, content, &[0; 4]].concat()
    };
    let header = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    let signature = b"\x89PNG\r\n\x1a\n".to_vec();
    [signature, header, chunk(b"IDAT", b"x"), chunk(b"IEND", b"")].concat()
}

/// A file in a folder with a picture and something else.
fn outcome(rest: &str) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, body: &[u8]| std::fs::write(dir.path().join(name), body).unwrap();
    file("acme.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    file("acme.png", &png());
    file("part.png", &png()[..20]);
    file("acme.jpg", &png());
    file("page.svg", b"<!DOCTYPE html><html><svg/></html>");
    file("program.svg", b"<svg><script>alert(1)</script></svg>");
    file("handler.svg", b"<svg onload='alert(1)'/>");
    file("words.svg", b"not a picture");
    file("large.svg", &vec![b'<'; 256 * 1024 + 1]);
    let text = with_site(&format!("[issuer.main]\npath = \"/main\"\n{rest}\n"));
    examine_text("doorward.toml", &text, &Surroundings::of(dir.path(), []))
}

#[test]
fn a_look_is_a_name_a_logo_and_an_accent_of_the_site_an_issuer_or_a_tenant() {
    let Outcome { settings, report } = outcome(&format!(
        "brand = {{ name = \"Main\", accent = {{ light = \"#7a5c00\", dark = \"#ffcc00\" }} }}\n\
         [issuer.beta]\npath = \"/beta\"\ninherit = \"main\"\n\
         [brand]\nlogo = {{ light = \"acme.svg\", dark = \"acme.png\" }}\n\
         {ACME}brand = {{ logo = \"acme.svg\", accent = \"#0b6e4f\" }}\n"
    ));
    let brands = settings.unwrap_or_else(|| panic!("{report}")).brands;
    let logo = brands.site.logo.unwrap();
    assert_eq!(logo.light.kind, "image/svg+xml");
    assert_eq!(logo.dark.unwrap().kind, "image/png");
    assert_eq!(brands.issuers["main"].name.as_deref(), Some("Main"));
    assert_eq!(brands.issuers["beta"], brands.issuers["main"]);
    let acme = &brands.tenants["acme"];
    assert_eq!(
        acme.name.as_deref(),
        Some("acme"),
        "its own name, by default"
    );
    let accent = acme.accent.unwrap();
    assert_eq!(accent.light.to_string(), "#0b6e4f");
    assert_ne!(accent.dark, accent.light);
}

#[test]
fn an_accent_that_cannot_be_read_is_refused_with_one_that_can() {
    for (written, theme, ratio, shade) in [
        ("\"#ffcc00\"", "light", "1.3", "#876c00"),
        (
            "{ light = \"#0b6e4f\", dark = \"#0b6e4f\" }",
            "dark",
            "2.4",
            "#",
        ),
    ] {
        let Outcome { settings, report } = outcome(&format!("{ACME}brand.accent = {written}"));
        assert!(settings.is_none());
        let text = report.human(false);
        for said in ["error[C071]", theme, ratio, shade, "nearest shade"] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}

#[test]
fn what_is_no_name_no_colour_and_no_picture_is_refused() {
    for (written, said) in [
        ("accent = \"green\"", "this is not a colour"),
        ("accent = { light = \"#000\" }", "needs `dark`"),
        ("name = \" \"", "1 to 128 bytes"),
        ("logo = \"nowhere.svg\"", "cannot read"),
        ("name = \"Acme\\u0000\"", "no control characters"),
        ("name = \"Acme\\u202Egro.live\"", "change its direction"),
        ("logo = \"words.svg\"", "not an image"),
        ("logo = \"page.svg\"", "not an image"),
        ("logo = \"program.svg\"", "has a script in it"),
        ("logo = \"handler.svg\"", "has a script in it"),
        ("logo = \"part.png\"", "the rest is missing"),
        ("logo = \"large.svg\"", "larger than"),
        ("texts = \"acme.cs.ftl\"", "words of your own, by language"),
        ("css = \"acme.css\"", "style sheets of your own"),
        ("colour = \"#000\"", "has no key `colour`"),
    ] {
        let report = outcome(&format!("{ACME}brand = {{ {written} }}")).report;
        let text = report.human(false);
        assert!(
            report.errors() > 0 && text.to_lowercase().contains(said),
            "{written}: {text}"
        );
    }
}

#[test]
fn a_picture_under_the_name_of_another_kind_is_shown_and_mentioned() {
    let brand = format!("{ACME}brand = {{ logo = \"acme.jpg\" }}");
    let Outcome { settings, report } = outcome(&brand);
    let logo = settings.unwrap().brands.tenants["acme"].logo.clone();
    assert_eq!(logo.unwrap().light.kind, "image/png");
    let text = report.human(false);
    assert!(text.contains("warning[C071]"), "{text}");
    assert!(text.contains("its name says something else"), "{text}");
}

#[test]
fn a_name_of_a_tenant_that_turns_text_around_is_refused() {
    let text = problems(&acme("name = \"Acme\\u202Egro.live\""));
    assert!(text.contains("error[C048]"), "{text}");
    assert!(text.contains("change its direction"), "{text}");
}

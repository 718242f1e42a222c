//! `[brand]`, `[issuer.NAME] brand` and `[tenant.NAME] brand`.

use std::ffi::OsStr;

use bytes::Bytes;

use super::Context;
use super::issuer::nearest_brand;
use crate::base::text::is_plain;
use crate::base::{IssuerId, TenantId};
use crate::config::code::Code;
use crate::config::files;
use crate::config::place::Place;
use crate::config::schema::{self, File, Themed};
use crate::web::brand::{Accent, Brand, BrandSettings, Colour, Logo, Picture, Theme};
use crate::web::image;

/// The longest name, in bytes.
const NAME: usize = 128;

/// Reads every look.
pub fn build(file: &File, ctx: &mut Context<'_, '_>) -> BrandSettings {
    let root = Place::root();
    let site = file.brand.as_ref();
    let site = site.map(|given| one(given, &root.key("brand"), ctx));
    let mut brands = BrandSettings {
        site: site.unwrap_or_default(),
        ..BrandSettings::default()
    };
    for (id, issuer) in &file.issuer {
        // One that is inherited is judged where it stands.
        if let Some(given) = &issuer.brand {
            let place = root.key("issuer").key(id).key("brand");
            brands
                .issuers
                .insert(IssuerId::new(id), one(given, &place, ctx));
        }
    }
    for id in file.issuer.keys() {
        let from = nearest_brand(file, id).map(IssuerId::new);
        let brand = from.and_then(|from| brands.issuers.get(&from)).cloned();
        brands
            .issuers
            .extend(brand.map(|brand| (IssuerId::new(id), brand)));
    }
    for (id, tenant) in &file.tenant {
        let Some(given) = &tenant.brand else { continue };
        let place = root.key("tenant").key(id).key("brand");
        let mut brand = one(given, &place, ctx);
        let name = tenant.name.as_ref().unwrap_or(id);
        brand.name.get_or_insert_with(|| name.clone());
        brands.tenants.insert(TenantId::new(id), brand);
    }
    brands
}

fn one(given: &schema::Brand, place: &Place, ctx: &mut Context<'_, '_>) -> Brand {
    if let Some(name) = &given.name
        && (name.trim().is_empty() || name.len() > NAME || !is_plain(name))
    {
        ctx.problems.error(
            Code::Brand,
            &place.key("name"),
            format_args!(
                "a brand's name has 1 to {NAME} bytes, no control characters and none that hide \
                 text or change its direction"
            ),
        );
    }
    Brand {
        name: given.name.clone(),
        logo: logo(given.logo.as_ref(), &place.key("logo"), ctx),
        accent: accent(given.accent.as_ref(), &place.key("accent"), ctx),
    }
}

fn logo(given: Option<&Themed>, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Logo> {
    match given? {
        Themed::One(file) => Some(Logo {
            light: picture(file, place, ctx)?,
            dark: None,
        }),
        Themed::Each(each) => {
            let light = picture(each.light.as_deref()?, &place.key("light"), ctx);
            let dark = picture(each.dark.as_deref()?, &place.key("dark"), ctx);
            Some(Logo {
                light: light?,
                dark: Some(dark?),
            })
        }
    }
}

fn picture(file: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Picture> {
    let path = ctx.around.path(file);
    let body = match files::read_bytes(&path, files::IMAGE) {
        Ok(body) => body,
        Err(why) => {
            let said = files::complaint(&path, &why);
            ctx.problems
                .error(Code::Brand, place, said)
                .help("a logo is a file of at most 256 KiB; its path starts at this file's folder");
            return None;
        }
    };
    let named = path.extension().map(OsStr::to_ascii_lowercase);
    let svg = named.as_ref().is_some_and(|kind| kind == "svg");
    let Some(kind) = image::kind_of(&body, svg.then_some("image/svg+xml")) else {
        ctx.problems
            .error(
                Code::Brand,
                place,
                "this is not an image that browsers show",
            )
            .help("use an SVG (in a file called .svg), PNG, WebP, JPEG, GIF or ICO");
        return None;
    };
    shows(&body, kind, place, ctx);
    let named = named.as_ref().and_then(|kind| kind.to_str());
    if named.is_some_and(|named| kind_by(named).is_some_and(|said| said != kind)) {
        ctx.problems
            .warning(
                Code::Brand,
                place,
                format_args!("the file holds {kind}, and its name says something else"),
            )
            .help("give the file the name of what it is, and see that it is the one you mean");
    }
    Some(Picture {
        kind,
        body: Bytes::from(body),
    })
}

/// Whether people will see it as it is meant.
fn shows(body: &[u8], kind: &str, place: &Place, ctx: &mut Context<'_, '_>) {
    if !image::is_whole(body, kind) {
        ctx.problems
            .error(
                Code::Brand,
                place,
                format_args!("this is a part of an image ({kind}), and the rest is missing"),
            )
            .help("copy or export it again");
    }
    if kind == "image/svg+xml" && image::svg_runs(body) {
        ctx.problems
            .error(
                Code::Brand,
                place,
                "this SVG has a script in it, which a picture never runs and nobody should save",
            )
            .help("export it as a plain SVG, without `<script>`, `on...` attributes and `javascript:` links");
    }
}

/// What the end of a file's name says.
fn kind_by(extension: &str) -> Option<&'static str> {
    match extension {
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        "ico" => Some("image/x-icon"),
        _ => None,
    }
}

fn accent(given: Option<&Themed>, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Accent> {
    match given? {
        Themed::One(light) => colour(light, Theme::Light, place, ctx).map(Accent::of),
        Themed::Each(each) => {
            let light = colour(
                each.light.as_deref()?,
                Theme::Light,
                &place.key("light"),
                ctx,
            );
            let dark = colour(each.dark.as_deref()?, Theme::Dark, &place.key("dark"), ctx);
            Some(Accent {
                light: light?,
                dark: dark?,
            })
        }
    }
}

/// A colour that can be read in `theme`.
fn colour(text: &str, theme: Theme, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Colour> {
    let Some(colour) = Colour::parse(text) else {
        ctx.problems
            .error(Code::Brand, place, "this is not a colour")
            .help("write it with six digits, such as \"#0b6e4f\"");
        return None;
    };
    if theme.reads(colour) {
        return Some(colour);
    }
    let (shade, name) = (theme.readable(colour), theme.as_str());
    let ratio = theme.contrast(colour);
    ctx.problems
        .error(
            Code::Brand,
            place,
            format_args!(
                "links of this colour could hardly be read on the {name} pages: their contrast is \
                 {ratio:.2}, and 4.5 is the least (WCAG 2.2, 1.4.3)"
            ),
        )
        .help(format_args!(
            "{shade} is the nearest shade that can be read there"
        ))
        .replace(format_args!("\"{shade}\""));
    None
}

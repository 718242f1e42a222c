//! What an SVG is made of, as far as its tags say: no more than is needed to tell one from a page,
//! and a picture from a program.

/// Whether the outermost element is `svg`, whatever stands before it.
pub fn is_one(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let first = Tags(text).next();
    text.starts_with('<') && first.is_some_and(|tag| local(tag.name()) == "svg")
}

/// Whether something in it would run, were it opened as a document.
pub fn runs(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    Tags(&text).any(|tag| {
        let handles = |name: &str| local(name).starts_with("on");
        let script = |value: &str| {
            let shown = value.chars().filter(|one| !one.is_ascii_control());
            let start: String = shown.skip_while(|one| *one == ' ').take(11).collect();
            start.eq_ignore_ascii_case("javascript:")
        };
        let mut attributes = tag.attributes();
        local(tag.name()) == "script"
            || attributes.any(|(name, value)| handles(name) || script(value))
    })
}

/// The part of a name behind its prefix, in lower case: pages do not tell `SCRIPT` from `script`.
fn local(name: &str) -> String {
    let name = name.rsplit(':').next().unwrap_or(name);
    name.to_ascii_lowercase()
}

/// The text between `<` and `>` of an element's start.
struct Tag<'a>(&'a str);

impl<'a> Tag<'a> {
    fn name(&self) -> &'a str {
        let ends = |one: char| one.is_ascii_whitespace() || one == '/';
        self.0.split(ends).next().unwrap_or_default()
    }

    /// Names and values, without the quotes.
    fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = self.0.get(self.name().len()..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (name, behind) = rest.split_once('=')?;
            let behind = behind.trim_start();
            let quote = behind.chars().next()?;
            let value;
            (value, rest) = if matches!(quote, '"' | '\'') {
                behind.get(1..)?.split_once(quote)?
            } else {
                behind.split_once(' ').unwrap_or((behind, ""))
            };
            let ends = |one: char| one.is_ascii_whitespace() || one == '/';
            let name = name.trim_end().rsplit(ends).next().unwrap_or_default();
            Some((name, value))
        })
    }
}

/// The starts of elements, in order. What they say in letters beyond ASCII is not looked at.
struct Tags<'a>(&'a str);

impl Tags<'_> {
    /// Goes on behind `end`; to the end of the text where it is missing.
    fn skip(&mut self, end: &str) {
        self.0 = self.0.split_once(end).map_or("", |(_, rest)| rest);
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let (_, rest) = self.0.split_once('<')?;
            self.0 = rest;
            if rest.starts_with("!--") {
                self.skip("-->");
            } else if rest.starts_with("![CDATA[") {
                self.skip("]]>");
            } else if rest.starts_with('?') {
                self.skip("?>");
            } else if rest.starts_with('!') {
                declaration(&mut self.0);
            } else if rest.starts_with('/') {
                self.skip(">");
            } else {
                let end = end_of_tag(rest)?;
                self.0 = rest.get(end..).unwrap_or_default();
                return rest.get(..end).map(Tag);
            }
        }
    }
}

/// `<!DOCTYPE svg ... [ ... ]>`, as drawing programs write it.
fn declaration(text: &mut &str) {
    let end = text.find('>').unwrap_or(text.len());
    let subset = text.get(..end).is_some_and(|one| one.contains('['));
    let behind = if subset {
        text.split_once(']').map_or("", |(_, rest)| rest)
    } else {
        *text
    };
    *text = behind.split_once('>').map_or("", |(_, rest)| rest);
}

/// A `>` in quotes ends nothing.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, one)| {
        match (quote, one) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(one),
            (Some(open), _) if open == one => quote = None,
            (None | Some(_), _) => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_svg_is_told_from_a_page_by_its_outermost_element() {
        for good in [
            "<svg/>",
            " \n<svg xmlns='http://www.w3.org/2000/svg'></svg>",
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- a > b --><svg width=\"1\"/>",
            "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x\"><svg/>",
            "<!DOCTYPE svg [ <!ENTITY ns \"http://ns\"> ]><svg/>",
            "<!DOCTYPE svg [ <!ENTITY a \"b\"> ] ><svg/>",
            "<s:svg xmlns:s=\"http://www.w3.org/2000/svg\"/>",
        ] {
            assert!(is_one(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "svg",
            "words <svg/>",
            "<",
            "<svg",
            "<html><svg/></html>",
            "<!DOCTYPE html><html><body><svg/></body></html>",
            "<!-- <svg/> --><p/>",
            "<svgx/>",
            "<a title='<svg/>'/>",
            "<!DOCTYPE svg [",
        ] {
            assert!(!is_one(bad.as_bytes()), "{bad}");
        }
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><svg id='\xe9'/>";
        assert!(is_one(latin) && !runs(latin));
    }

    #[test]
    fn what_would_run_is_found_and_what_only_looks_so_is_not() {
        for bad in [
            "<svg><script>1</script></svg>",
            "<svg><SCRIPT/></svg>",
            "<svg><x:script href='a'/></svg>",
            "<svg onload='x()'/>",
            "<svg\nonload = \"x()\"/>",
            "<svg><g id=\"a\" ONCLICK=\"x\"/></svg>",
            "<svg><a xlink:href=\" java\nscript:x()\"/></svg>",
            "<svg><path d=\"a>b\"/><script/></svg>",
            "<svg><a href=JavaScript:x()></a></svg>",
        ] {
            assert!(runs(bad.as_bytes()), "{bad}");
        }
        for good in [
            "<svg><!-- <script/> --></svg>",
            "<svg><title>onload= script</title></svg>",
            "<svg><g id=\"onload\" font-family=\"a onload='x'\"/></svg>",
            "<svg><style><![CDATA[ a{} <script> ]]></style></svg>",
            "<svg><path d=\"M0 0\" stroke-linejoin=\"round\"/></svg>",
            "<svg><description/></svg>",
        ] {
            assert!(!runs(good.as_bytes()), "{good}");
        }
    }
}

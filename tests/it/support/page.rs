//! Reading the pages: forms, ids, links.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};

/// A page that was received.
#[derive(Debug, Clone)]
pub struct Page {
    /// Where it came from, after redirects.
    pub url: url::Url,
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: String,
}

/// A form as its page shows it.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: url::Url,
    pub post: bool,
    pub fields: BTreeMap<String, String>,
}

impl Page {
    /// Whether an element has the id `id`.
    pub fn has(&self, id: &str) -> bool {
        let page = Html::parse_document(&self.body);
        page.select(&by_id(id)).next().is_some()
    }

    /// The text of the element with the id `id`, spaces folded.
    pub fn text_of(&self, id: &str) -> Option<String> {
        let page = Html::parse_document(&self.body);
        page.select(&by_id(id)).next().map(text)
    }

    /// The text of the whole page, spaces folded.
    pub fn text(&self) -> String {
        text(Html::parse_document(&self.body).root_element())
    }

    /// Panics with the page unless it has `id`.
    #[track_caller]
    pub fn must_have(&self, id: &str) {
        assert!(
            self.has(id),
            "no #{id} in {} {}:\n{}",
            self.status,
            self.url,
            self.body
        );
    }

    /// The form that the element `id` is in (or is), with that element pressed if it is a button.
    #[track_caller]
    pub fn form_of(&self, id: &str) -> Form {
        self.must_have(id);
        let page = Html::parse_document(&self.body);
        let element = page.select(&by_id(id)).next().expect("the element");
        let form = std::iter::once(element)
            .chain(element.ancestors().filter_map(ElementRef::wrap))
            .find(|e| e.value().name() == "form")
            .unwrap_or_else(|| panic!("#{id} is in no form:\n{}", self.body));
        let mut fields = BTreeMap::new();
        let named =
            Selector::parse("input[name], select[name], textarea[name]").expect("a selector");
        for field in form.select(&named) {
            let value = field.value();
            let kind = value.attr("type").unwrap_or("text");
            let ticked = !matches!(kind, "checkbox" | "radio") || value.attr("checked").is_some();
            if ticked && !matches!(kind, "submit" | "button") {
                let name = value.attr("name").unwrap_or_default();
                fields.insert(
                    name.to_owned(),
                    value.attr("value").unwrap_or_default().to_owned(),
                );
            }
        }
        if let (Some(name), Some(value)) =
            (element.value().attr("name"), element.value().attr("value"))
        {
            fields.insert(name.to_owned(), value.to_owned());
        }
        let action = element
            .value()
            .attr("formaction")
            .or(form.value().attr("action"));
        Form {
            action: self.url.join(action.unwrap_or("")).expect("an action"),
            post: form
                .value()
                .attr("method")
                .is_some_and(|m| m.eq_ignore_ascii_case("post")),
            fields,
        }
    }

    /// Where the link `id` leads.
    #[track_caller]
    pub fn link(&self, id: &str) -> url::Url {
        self.must_have(id);
        let page = Html::parse_document(&self.body);
        let element = page.select(&by_id(id)).next().expect("the element");
        self.url
            .join(element.value().attr("href").expect("a link"))
            .expect("a link")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| {
            panic!("{error} in {} {}:\n{}", self.status, self.url, self.body)
        })
    }
}

impl Form {
    /// Fills one field in.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(name.to_owned(), value.to_owned());
        self
    }
}

fn by_id(id: &str) -> Selector {
    Selector::parse(&format!("[id=\"{id}\"]")).expect("a selector")
}

fn text(element: ElementRef<'_>) -> String {
    let words = element.text().flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}

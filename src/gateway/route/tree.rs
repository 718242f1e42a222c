//! Path prefixes of one host, as a tree of segments.
//!
//! Segments are compared decoded, as an upstream would read them. Nodes are found by a folded form
//! (letter case, trailing dots and spaces), so that a path which differs from a configured prefix
//! only by what some upstreams ignore is noticed and refused, instead of falling to a weaker rule.

use http::{HeaderMap, Method};

use super::leaf::{self, Leaf, Manner};
use super::pattern::{Matched, Patterns};
use crate::gateway::settings::RouteMatch;
use crate::gateway::target::decoded;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The site itself.
    Site,
    /// The route with this number.
    Route(usize),
    /// The most specific place has routes, and none of them takes the method.
    OtherMethods,
    /// The most specific place has routes, and none of them takes the header fields.
    OtherHeaders,
    /// A place matches only when letter case is ignored.
    Twin,
    /// No prefix matches.
    Nothing,
}

impl Found {
    pub(super) fn route(self) -> Option<usize> {
        match self {
            Self::Route(index) => Some(index),
            Self::Site | Self::OtherMethods | Self::OtherHeaders | Self::Twin | Self::Nothing => {
                None
            }
        }
    }
}

/// The tree of one host; the root stands for `/`.
#[derive(Debug, Default)]
pub(super) struct Tree {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    /// The folded, decoded segment that leads here.
    key: Vec<u8>,
    /// Sorted by key.
    children: Vec<Node>,
    /// What takes the prefix and everything below it: one per exact spelling, methods and headers.
    leaves: Vec<Leaf>,
    /// What takes of that only the paths that match an expression.
    patterns: Patterns,
}

/// The most specific place on the way of a path.
enum Spot<'t, 'p> {
    /// The site keeps its own prefixes even where a route names them too.
    Site,
    Leaves(&'t [Leaf], &'p str),
    Twin,
}

impl Tree {
    pub(super) fn is_empty(&self) -> bool {
        self.root.children.is_empty() && self.root.leaves.is_empty()
    }

    pub(super) fn insert_site(&mut self, prefix: &str) {
        let leaves = &mut self.node(prefix).leaves;
        if !leaves.iter().any(|leaf| leaf.found == Found::Site) {
            leaves.push(Leaf::site(prefix));
        }
    }

    /// Adds a route; the number of an existing one is returned if it takes the same requests.
    pub(super) fn insert_route(
        &mut self,
        prefix: &str,
        matches: &RouteMatch,
        index: usize,
    ) -> Result<(), usize> {
        let node = self.node(prefix);
        let leaves = match &matches.path_regex {
            Some(text) => node.patterns.leaves(text),
            None => &mut node.leaves,
        };
        let leaf = Leaf::route(prefix, matches, index);
        let twin = leaves
            .iter()
            .find_map(|other| other.found.route().filter(|_| leaf.rivals(other)));
        if let Some(twin) = twin {
            return Err(twin);
        }
        leaves.push(leaf);
        Ok(())
    }

    /// Makes what is needed to find, once everything is inserted.
    pub(super) fn compile(&mut self) -> Result<(), regex::Error> {
        self.root.compile()
    }

    /// What the most specific place on the way of `path` (canonical form) does with the request. A
    /// wider one is never asked instead: its rule was not written for what lies here.
    pub(super) fn find(&self, path: &str, manner: Manner<'_>) -> Found {
        match self.spot(path) {
            None => Found::Nothing,
            Some(Spot::Site) => Found::Site,
            Some(Spot::Twin) => Found::Twin,
            Some(Spot::Leaves(leaves, so_far)) => leaf::judge(leaves, so_far, manner),
        }
    }

    /// The numbers of all routes that take the request, the most specific first.
    pub(super) fn find_all(&self, path: &str, manner: Manner<'_>) -> Vec<usize> {
        let mut all = Vec::new();
        self.walk(path, |node, so_far| {
            let mut here = Vec::new();
            if !node.patterns.is_empty() {
                for leaves in node.patterns.all(path) {
                    here.extend(leaf::routes(leaves, so_far, manner));
                }
            }
            here.extend(leaf::routes(&node.leaves, so_far, manner));
            all.push(here);
        });
        all.into_iter().rev().flatten().collect()
    }

    /// The numbers of the routes at the most specific place on the way of `path` that take these
    /// header fields, and their methods.
    pub(super) fn find_here(&self, path: &str, headers: &HeaderMap) -> Vec<(usize, &[Method])> {
        let Some(Spot::Leaves(leaves, so_far)) = self.spot(path) else {
            return Vec::new();
        };
        leaf::here(leaves, so_far, headers)
            .filter_map(|leaf| Some((leaf.found.route()?, leaf.methods())))
            .collect()
    }

    fn spot<'t, 'p>(&'t self, path: &'p str) -> Option<Spot<'t, 'p>> {
        let mut best = None;
        self.walk(path, |node, so_far| {
            if let Some(spot) = node.spot(so_far, path) {
                best = Some(spot);
            }
        });
        best
    }

    /// Visits every node on the way of `path`, from the root down.
    fn walk<'t, 'p>(&'t self, path: &'p str, mut visit: impl FnMut(&'t Node, &'p str)) {
        let mut node = &self.root;
        visit(node, "");
        let mut end = 0;
        for segment in segments(path) {
            end += 1 + segment.len();
            let Some(child) = node.child(segment) else {
                return;
            };
            node = child;
            visit(node, path.get(..end).unwrap_or(path));
        }
    }

    fn node(&mut self, prefix: &str) -> &mut Node {
        let mut node = &mut self.root;
        for segment in segments(prefix) {
            node = node.child_or_new(segment);
        }
        node
    }
}

impl Node {
    /// What this node has for `path`, which leads here by `so_far`.
    fn spot<'p>(&self, so_far: &'p str, path: &str) -> Option<Spot<'_, 'p>> {
        let own = |leaf: &Leaf| leaf.found == Found::Site && leaf.is_spelled(so_far);
        if self.leaves.iter().any(own) {
            return Some(Spot::Site);
        }
        match self.patterns.best(path) {
            Matched::Leaves(leaves) => Some(Spot::Leaves(leaves, so_far)),
            Matched::Twin => Some(Spot::Twin),
            Matched::None if self.leaves.is_empty() => None,
            Matched::None => Some(Spot::Leaves(&self.leaves, so_far)),
        }
    }

    fn compile(&mut self) -> Result<(), regex::Error> {
        self.patterns.compile()?;
        self.children.iter_mut().try_for_each(Self::compile)
    }

    fn child(&self, segment: &str) -> Option<&Self> {
        self.search(segment)
            .ok()
            .and_then(|at| self.children.get(at))
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "the position is where the child was found or just inserted"
    )]
    fn child_or_new(&mut self, segment: &str) -> &mut Self {
        let at = match self.search(segment) {
            Ok(at) => at,
            Err(at) => {
                let node = Self {
                    key: folded(segment).collect(),
                    ..Self::default()
                };
                self.children.insert(at, node);
                at
            }
        };
        &mut self.children[at]
    }

    fn search(&self, segment: &str) -> Result<usize, usize> {
        self.children
            .binary_search_by(|child| child.key.iter().copied().cmp(folded(segment)))
    }
}

/// The segments of an absolute path; a slash at the end adds none.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The decoded segment without what some upstreams ignore.
pub(super) fn folded(segment: &str) -> impl Iterator<Item = u8> + '_ {
    let mut core = segment;
    while let Some(rest) = core
        .strip_suffix('.')
        .or_else(|| core.strip_suffix("%20"))
        .filter(|rest| !rest.is_empty())
    {
        core = rest;
    }
    decoded(core).map(|byte| byte.to_ascii_lowercase())
}

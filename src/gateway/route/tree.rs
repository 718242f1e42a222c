//! Path prefixes of one host, as a tree of segments.
//!
//! Segments are compared decoded, as an upstream would read them. Nodes are found by a folded form
//! (letter case, trailing dots and spaces), so that a path which differs from a configured prefix
//! only by what some upstreams ignore is noticed and refused, instead of falling to a weaker rule.

use http::Method;

use crate::gateway::target::decoded;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The site itself.
    Site,
    /// The route with this number.
    Route(usize),
    /// The most specific prefix has routes, and none of them takes the method.
    OtherMethods,
    /// A prefix matches only when letter case is ignored.
    Twin,
    /// No prefix matches.
    Nothing,
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
    /// What ends here: one per exact spelling and set of methods.
    leaves: Vec<Leaf>,
}

#[derive(Debug)]
struct Leaf {
    /// The decoded prefix without a slash at the end.
    exact: Vec<u8>,
    /// Empty for all.
    methods: Vec<Method>,
    found: Found,
}

/// By what right a leaf takes a method; the first wins, whatever the order of the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// The prefix is the site's own: it keeps it even where a route names it too.
    Own,
    /// It names the method.
    Named,
    /// It names GET, and HEAD is GET without the body (RFC 9110 9.3.2).
    Implied,
    /// It takes every method that no other leaf claims.
    Rest,
}

impl Tree {
    pub(super) fn insert_site(&mut self, prefix: &str) {
        let leaf = Leaf {
            exact: exact(prefix),
            methods: Vec::new(),
            found: Found::Site,
        };
        self.node(prefix).leaves.push(leaf);
    }

    /// Adds a route; the number of an existing one is returned if it takes the same requests.
    pub(super) fn insert_route(
        &mut self,
        prefix: &str,
        methods: &[Method],
        index: usize,
    ) -> Result<(), usize> {
        let exact = exact(prefix);
        let leaves = &mut self.node(prefix).leaves;
        let overlaps = |leaf: &Leaf| {
            leaf.exact == exact
                && leaf.methods.is_empty() == methods.is_empty()
                && (methods.is_empty() || methods.iter().any(|one| leaf.methods.contains(one)))
        };
        for leaf in leaves.iter() {
            if let (Found::Route(twin), true) = (leaf.found, overlaps(leaf)) {
                return Err(twin);
            }
        }
        leaves.push(Leaf {
            exact,
            methods: methods.to_vec(),
            found: Found::Route(index),
        });
        Ok(())
    }

    /// What the most specific prefix of `path` (canonical form) does with `method`. A wider prefix
    /// is never asked instead: its rule was not written for what lies here.
    pub(super) fn find(&self, path: &str, method: &Method) -> Found {
        let mut best = Found::Nothing;
        self.walk(path, |node, so_far| {
            if !node.leaves.is_empty() {
                best = node.judge(so_far, method);
            }
        });
        best
    }

    /// The numbers of all routes whose prefix and methods match, the most specific first.
    pub(super) fn find_all(&self, path: &str, method: &Method) -> Vec<usize> {
        let mut all = Vec::new();
        self.walk(path, |node, so_far| {
            let mut here: Vec<_> = node.claims(so_far, method).collect();
            here.sort_by_key(|(claim, _)| std::cmp::Reverse(*claim));
            all.extend(here.into_iter().filter_map(|(_, found)| found.route()));
        });
        all.reverse();
        all
    }

    /// The numbers of the routes at the most specific prefix of `path`, and their methods.
    pub(super) fn find_here(&self, path: &str) -> Vec<(usize, &[Method])> {
        let mut here = Vec::new();
        self.walk(path, |node, so_far| {
            if !node.leaves.is_empty() {
                here = node
                    .spelled(so_far)
                    .filter_map(|leaf| Some((leaf.found.route()?, leaf.methods.as_slice())))
                    .collect();
            }
        });
        here
    }

    /// Visits every node on the way of `path`, from the root down.
    fn walk<'t>(&'t self, path: &str, mut visit: impl FnMut(&'t Node, &str)) {
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

    /// What this node says about a path that leads here.
    fn judge(&self, so_far: &str, method: &Method) -> Found {
        let best = self.claims(so_far, method).min_by_key(|(claim, _)| *claim);
        match best {
            Some((_, found)) => found,
            None if self.spelled(so_far).next().is_some() => Found::OtherMethods,
            None => Found::Twin,
        }
    }

    fn claims(&self, so_far: &str, method: &Method) -> impl Iterator<Item = (Claim, Found)> {
        self.spelled(so_far)
            .filter_map(|leaf| Some((leaf.claim(method)?, leaf.found)))
    }

    fn spelled(&self, so_far: &str) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(|leaf| leaf.is_spelled(so_far))
    }
}

impl Found {
    fn route(self) -> Option<usize> {
        match self {
            Self::Route(index) => Some(index),
            Self::Site | Self::OtherMethods | Self::Twin | Self::Nothing => None,
        }
    }
}

impl Leaf {
    fn claim(&self, method: &Method) -> Option<Claim> {
        if self.found == Found::Site {
            Some(Claim::Own)
        } else if self.methods.is_empty() {
            Some(Claim::Rest)
        } else if self.methods.contains(method) {
            Some(Claim::Named)
        } else {
            let implied = *method == Method::HEAD && self.methods.contains(&Method::GET);
            implied.then_some(Claim::Implied)
        }
    }

    fn is_spelled(&self, so_far: &str) -> bool {
        self.exact.iter().copied().eq(decoded(so_far))
    }
}

/// The segments of an absolute path; a slash at the end adds none.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split('/').filter(|segment| !segment.is_empty())
}

fn exact(prefix: &str) -> Vec<u8> {
    decoded(prefix.strip_suffix('/').unwrap_or(prefix)).collect()
}

/// The decoded segment without what some upstreams ignore.
fn folded(segment: &str) -> impl Iterator<Item = u8> + '_ {
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

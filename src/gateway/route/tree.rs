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

impl Tree {
    pub(super) fn insert_site(&mut self, prefix: &str) {
        let leaf = Leaf {
            exact: exact(prefix),
            methods: Vec::new(),
            found: Found::Site,
        };
        // First in its node: where a route names the site's own prefix, the site keeps it.
        self.node(prefix).leaves.insert(0, leaf);
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
        // Named methods before all methods: the more specific comes first.
        leaves.sort_by_key(|leaf| (leaf.found != Found::Site, leaf.methods.is_empty()));
        Ok(())
    }

    /// The most specific prefix of `path` (canonical form) that takes `method`.
    pub(super) fn find(&self, path: &str, method: &Method) -> Found {
        let mut best = Found::Nothing;
        self.walk(path, |node, so_far| {
            if !node.leaves.is_empty() {
                best = node.judge(so_far, method).unwrap_or(best);
            }
        });
        best
    }

    /// The numbers of all routes whose prefix and methods match, the most specific first.
    pub(super) fn find_all(&self, path: &str, method: &Method) -> Vec<usize> {
        let mut all = Vec::new();
        self.walk(path, |node, so_far| {
            for leaf in node.leaves.iter().rev() {
                if let (Found::Route(index), true) = (leaf.found, leaf.takes(so_far, method)) {
                    all.push(index);
                }
            }
        });
        all.reverse();
        all
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

    /// What this node says about a path that leads here; `None` when it has nothing for `method`.
    fn judge(&self, so_far: &str, method: &Method) -> Option<Found> {
        if let Some(leaf) = self.leaves.iter().find(|leaf| leaf.takes(so_far, method)) {
            return Some(leaf.found);
        }
        let spelled = self.leaves.iter().any(|leaf| leaf.is_spelled(so_far));
        (!spelled).then_some(Found::Twin)
    }
}

impl Leaf {
    fn takes(&self, so_far: &str, method: &Method) -> bool {
        let served = self.methods.is_empty()
            || self.methods.contains(method)
            // HEAD is GET without the body (RFC 9110 9.3.2).
            || (*method == Method::HEAD && self.methods.contains(&Method::GET));
        served && self.is_spelled(so_far)
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

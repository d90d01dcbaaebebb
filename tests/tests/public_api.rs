//! The public surface of the core is decided: `core/public-api.txt` lists it, and changes only together with it.
//!
//! The list is read from the source with `syn`, so that it needs no nightly rustdoc: what `egressc_core::api` exports,
//! as declarations without bodies, docs, and attributes of serde. What others may not rely on is `#[doc(hidden)]`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use egressc_tests::{Outcome, files, root, settle};
use syn::{
    Attribute, Fields, File, FnArg, ImplItem, Item, ItemImpl, ItemUse, Pat, Type, UseTree, Visibility, parse_quote,
};

const COMMAND: &str = "UPDATE=1 cargo test -p egressc-tests --test public_api";

#[test]
fn the_public_surface_is_the_one_that_was_decided() -> Outcome<()> {
    let source = root().join("core/src");
    let public = public_modules(&parsed(&source.join("lib.rs"))?);
    assert_eq!(public, ["api"], "other modules of the core are private, or hidden like `stages`");
    let mut listed = BTreeMap::new();
    for name in exported(&parsed(&source.join("api/mod.rs"))?, &["api"]) {
        let text = declaration(&source, &name).map_err(|error| format!("{}: {error}", name.as_written()))?;
        assert!(listed.insert(name.public, text).is_none(), "two exports have one name");
    }
    assert!(listed.len() > 50, "the exports are found: {}", listed.len());
    let text: Vec<String> = listed.into_values().collect();
    settle(&root().join("core/public-api.txt"), &text.join("\n"), COMMAND)
}

/// A name that is exported, and the module in which it is to be looked for.
struct Export {
    public: String,
    module: Vec<String>,
}

impl Export {
    fn as_written(&self) -> String {
        format!("{}::{}", self.module.join("::"), self.public)
    }
}

fn parsed(path: &Path) -> Outcome<File> {
    Ok(syn::parse_file(&fs::read_to_string(path)?)?)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    let hidden: Attribute = parse_quote!(#[doc(hidden)]);
    attributes.contains(&hidden)
}

fn public_modules(file: &File) -> Vec<String> {
    let modules = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if is_public(&module.vis) && !is_hidden(&module.attrs) => Some(module.ident.to_string()),
        _ => None,
    });
    modules.collect()
}

/// What the `pub use` lines of a file name; each name keeps its own.
fn exported(file: &File, module: &[&str]) -> Vec<Export> {
    fn walk(tree: &UseTree, at: &[String], found: &mut Vec<Export>) {
        match tree {
            UseTree::Path(path) => {
                let name = path.ident.to_string();
                let at = if name == "crate" { Vec::new() } else { [at, &[name]].concat() };
                walk(&path.tree, &at, found);
            }
            UseTree::Name(name) => found.push(Export { public: name.ident.to_string(), module: at.to_vec() }),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, at, found)),
            UseTree::Rename(_) | UseTree::Glob(_) => {}
        }
    }
    let module: Vec<String> = module.iter().map(|part| (*part).to_owned()).collect();
    let mut found = Vec::new();
    for item in &file.items {
        if let Item::Use(ItemUse { vis, tree, .. }) = item
            && is_public(vis)
        {
            walk(tree, &module, &mut found);
        }
    }
    found
}

/// The file of a module.
fn file_of(source: &Path, module: &[String]) -> Outcome<PathBuf> {
    let stem = module.iter().fold(source.to_owned(), |path, part| path.join(part));
    let candidates = [stem.join("mod.rs"), stem.with_extension("rs")];
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| "its module is not found".into())
}

/// An item as others see it, with everything that is implemented for it.
fn declaration(source: &Path, export: &Export) -> Outcome<String> {
    let file = parsed(&file_of(source, &export.module)?)?;
    let named = |item: &&Item| name_of(item).is_some_and(|name| name == export.public);
    if let Some(item) = file.items.iter().find(named) {
        let top = export.module.first().ok_or("it is in no module")?;
        let folder = source.join(top);
        let code = if folder.is_dir() { files(&folder, "rs")? } else { vec![source.join(format!("{top}.rs"))] };
        let mut items = vec![seen(item.clone())];
        for path in code {
            items.extend(parsed(&path)?.items.into_iter().filter_map(|item| implementation(item, &export.public)));
        }
        return Ok(prettyplease::unparse(&File { shebang: None, frontmatter: None, attrs: Vec::new(), items }));
    }
    let module: Vec<&str> = export.module.iter().map(String::as_str).collect();
    let further = exported(&file, &module).into_iter().find(|further| further.public == export.public);
    declaration(source, &further.ok_or("it is not found")?)
}

fn name_of(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Fn(item) => Some(item.sig.ident.to_string()),
        Item::Type(item) => Some(item.ident.to_string()),
        Item::Const(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// What callers compile against, and nothing else.
fn keep(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| {
        ["derive", "non_exhaustive", "must_use", "default"].iter().any(|name| attribute.path().is_ident(name))
    });
}

fn seen(mut item: Item) -> Item {
    match &mut item {
        Item::Struct(item) => {
            keep(&mut item.attrs);
            visible(&mut item.fields);
        }
        Item::Enum(item) => {
            keep(&mut item.attrs);
            for variant in &mut item.variants {
                keep(&mut variant.attrs);
                variant.fields.iter_mut().for_each(|field| keep(&mut field.attrs));
            }
        }
        Item::Fn(item) => {
            keep(&mut item.attrs);
            signature(&mut item.sig);
            item.block = parse_quote!({});
        }
        Item::Type(item) => keep(&mut item.attrs),
        Item::Const(item) => keep(&mut item.attrs),
        _ => {}
    }
    item
}

/// Without private fields; a tuple with some is opaque.
fn visible(fields: &mut Fields) {
    match fields {
        Fields::Named(named) => {
            let all = std::mem::take(&mut named.named);
            named.named = all.into_iter().filter(|field| is_public(&field.vis)).collect();
            named.named.iter_mut().for_each(|field| keep(&mut field.attrs));
        }
        Fields::Unnamed(unnamed) => {
            let all = std::mem::take(&mut unnamed.unnamed);
            unnamed.unnamed = all.into_iter().filter(|field| is_public(&field.vis)).collect();
        }
        Fields::Unit => {}
    }
}

/// Patterns of arguments are no part of a signature.
fn signature(signature: &mut syn::Signature) {
    for input in &mut signature.inputs {
        if let FnArg::Typed(argument) = input
            && !matches!(*argument.pat, Pat::Ident(_))
        {
            *argument.pat = parse_quote!(_);
        }
    }
}

/// What is implemented for a type; `None` when that is for another one, or when nothing of it is public.
fn implementation(item: Item, name: &str) -> Option<Item> {
    let Item::Impl(mut item) = item else { return None };
    let Type::Path(of) = &*item.self_ty else { return None };
    // A path to another module names another type.
    let is_it = of.path.segments.len() == 1 && of.path.segments.last().is_some_and(|last| last.ident == name);
    let for_generators = item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
    if !is_it || for_generators {
        return None;
    }
    keep(&mut item.attrs);
    let ItemImpl { trait_, items, .. } = &mut item;
    if trait_.is_some() {
        items.retain(|item| matches!(item, ImplItem::Type(_)));
        return Some(Item::Impl(item));
    }
    items.retain(|item| match item {
        ImplItem::Fn(item) => is_public(&item.vis) && !is_hidden(&item.attrs),
        ImplItem::Const(item) => is_public(&item.vis) && !is_hidden(&item.attrs),
        _ => false,
    });
    for each in items.iter_mut() {
        match each {
            ImplItem::Fn(item) => {
                keep(&mut item.attrs);
                signature(&mut item.sig);
                item.block = parse_quote!({});
            }
            ImplItem::Const(item) => keep(&mut item.attrs),
            _ => {}
        }
    }
    (!items.is_empty()).then_some(Item::Impl(item))
}

//! Changes to people who exist. Each is one step in the database, whatever else changes meanwhile.

use anyhow::Context;

use super::{Attributes, Groups, Tenants, check, person, show};
use crate::base::{GroupName, TenantId};
use crate::cli::desk::{Answer, Desk};
use crate::model::User;

pub(super) async fn disable(desk: &Desk, login: &str) -> anyhow::Result<Answer> {
    let user = changed(desk, login, |user| user.disabled = true).await?;
    desk.audit("user_disabled", Some(&user.id), None).await?;
    let said = format!(
        "{} is disabled; every session and grant has ended",
        user.username
    );
    Ok(show::done(&user, said))
}

pub(super) async fn enable(desk: &Desk, login: &str) -> anyhow::Result<Answer> {
    let user = changed(desk, login, |user| user.disabled = false).await?;
    desk.audit("user_enabled", Some(&user.id), None).await?;
    let said = format!("{} may sign in", user.username);
    Ok(show::done(&user, said))
}

pub(super) async fn reset(desk: &Desk, login: &str) -> anyhow::Result<Answer> {
    check::links_work(desk)?;
    let user = person(desk, login).await?;
    let link = desk.link()?;
    desk.store
        .reset_password(&user.id, &link.hash(), link.expires)
        .await?;
    desk.audit("user_reset", Some(&user.id), None).await?;
    let said = format!(
        "{} has no password any more, and every session and grant has ended; to choose a new one:",
        user.username
    );
    Ok(show::link(&user, &link, &said))
}

pub(super) async fn link(desk: &Desk, login: &str) -> anyhow::Result<Answer> {
    check::links_work(desk)?;
    let user = person(desk, login).await?;
    let link = desk.link_for(&user.id).await?;
    desk.audit("link_made", Some(&user.id), None).await?;
    let said = format!("for {} to choose a password:", user.username);
    Ok(show::link(&user, &link, &said))
}

pub(super) async fn join(desk: &Desk, which: &Groups) -> anyhow::Result<Answer> {
    let groups = check::groups(&which.groups)?;
    let user = changed(desk, &which.login, move |user| {
        user.groups.extend(groups.iter().cloned());
        user.groups.sort();
        user.groups.dedup();
    })
    .await?;
    desk.audit("groups_changed", Some(&user.id), None).await?;
    Ok(show::done(&user, in_groups(&user)))
}

pub(super) async fn leave(desk: &Desk, which: &Groups) -> anyhow::Result<Answer> {
    let groups = which.groups.clone();
    let user = changed(desk, &which.login, move |user| {
        user.groups
            .retain(|group| !groups.iter().any(|gone| gone == group.as_str()));
    })
    .await?;
    desk.audit("groups_changed", Some(&user.id), None).await?;
    Ok(show::done(&user, in_groups(&user)))
}

pub(super) async fn attributes(desk: &Desk, which: &Attributes) -> anyhow::Result<Answer> {
    let given = check::attributes(&which.attributes)?;
    let user = changed(desk, &which.login, move |user| {
        user.attributes.extend(given.clone());
        user.attributes.retain(|_, value| !value.is_empty());
    })
    .await?;
    desk.audit("attributes_changed", Some(&user.id), None)
        .await?;
    let pairs: Vec<_> = user
        .attributes
        .iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    let said = format!("{}: {}", user.username, pairs.join(", "));
    Ok(show::done(&user, said))
}

pub(super) async fn belong(desk: &Desk, which: &Tenants) -> anyhow::Result<Answer> {
    let tenants = desk.tenants(&which.tenants)?;
    let user = changed(desk, &which.login, move |user| {
        user.tenants.extend(tenants.iter().cloned());
        user.tenants.sort();
        user.tenants.dedup();
    })
    .await?;
    desk.audit("tenants_changed", Some(&user.id), None).await?;
    Ok(show::done(&user, of_tenants(&user)))
}

/// Also out of tenants that the file has no longer.
pub(super) async fn part(desk: &Desk, which: &Tenants) -> anyhow::Result<Answer> {
    let tenants = which.tenants.clone();
    let user = changed(desk, &which.login, move |user| {
        user.tenants
            .retain(|tenant| !tenants.iter().any(|gone| gone == tenant.as_str()));
    })
    .await?;
    desk.audit("tenants_changed", Some(&user.id), None).await?;
    Ok(show::done(&user, of_tenants(&user)))
}

fn of_tenants(user: &User) -> String {
    let tenants: Vec<_> = user.tenants.iter().map(TenantId::as_str).collect();
    if tenants.is_empty() {
        format!("{} belongs to no tenant", user.username)
    } else {
        format!("{} belongs to {}", user.username, tenants.join(", "))
    }
}

async fn changed(
    desk: &Desk,
    login: &str,
    change: impl Fn(&mut User) + Send + Sync + 'static,
) -> anyhow::Result<User> {
    let user = person(desk, login).await?;
    let gone = || format!("{} was removed meanwhile", user.username);
    desk.store
        .change_user(&user.id, change)
        .await?
        .with_context(gone)
}

fn in_groups(user: &User) -> String {
    let groups: Vec<_> = user.groups.iter().map(GroupName::as_str).collect();
    if groups.is_empty() {
        format!("{} is in no group", user.username)
    } else {
        format!("{} is in {}", user.username, groups.join(", "))
    }
}

//! Tokens for the platform's apps: what [`crate::token::claims`] says of the session that a browser presents.

use secrecy::SecretString;

use super::keys::signing;
use super::session::standing;
use super::{FlowError, Gateway, domain};
use crate::base::Ctx;
use crate::base::encoding::base64url;
use crate::base::secret::TokenHash;
use crate::base::sentence::sentence;
use crate::base::url::PublicUrl;
use crate::directory::email::told_form;
use crate::storage::StorageError;
use crate::storage::user::{self, User};
use crate::token::claims::{Claims, Email, LIFE_SECONDS, methods};
use crate::token::jwt;

/// For whom tokens are made, and what they say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// For whom tokens may be asked, beside the public address itself.
    pub audiences: Vec<String>,
    /// Sites whose pages may ask for a token.
    pub allowed_origins: Vec<PublicUrl>,
    /// Whether email addresses that are not verified are said, as such.
    pub keeps_unverified_email: bool,
    /// For how many seconds the document of public keys may be kept.
    pub jwks_max_age: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            audiences: Vec::new(),
            allowed_origins: Vec::new(),
            keeps_unverified_email: false,
            jwks_max_age: 900,
        }
    }
}

/// A token, for the browser that asked.
#[derive(Debug)]
pub struct Issued {
    /// The token: whoever has it is taken for the person until it ends.
    pub token: SecretString,
    /// For how many seconds it is good.
    pub expires_in: i64,
}

/// A token of the session `token`, for `audience` or for the public address.
///
/// # Errors
/// [`FlowError::NotFound`] without a session that counts; [`FlowError::Invalid`] for an audience that is not on the list.
pub async fn issue(
    gateway: &Gateway,
    ctx: &Ctx,
    token: TokenHash,
    audience: Option<&str>,
) -> Result<Issued, FlowError> {
    const NONE: FlowError = FlowError::NotFound("session");
    let (settings, issuer) = (gateway.tokens(), gateway.public_url().as_str());
    let audience = audience.unwrap_or(issuer);
    if audience != issuer && settings.audiences.iter().all(|known| known != audience) {
        return Err(FlowError::Invalid(sentence!(
            "no tokens are made for this audience; token.audiences has those for whom they are"
        )));
    }
    let standing = standing(gateway, ctx, token).await?.ok_or(NONE)?;
    let session = &standing.session;

    // Whole seconds: the token ends before the session, never after.
    let issued_at = ctx.now.seconds();
    let ends_at = session.expires_at.min(ctx.now.plus_seconds(gateway.lifetimes().idle_seconds));
    let expires_at = ends_at.seconds().min(issued_at.saturating_add(LIFE_SECONDS));
    if expires_at <= issued_at {
        return Err(NONE);
    }

    let mut tx = gateway.storage().read().await?;
    let keys = gateway.storage().keys(&mut tx, session.account_id).await?;
    let user = user::find(&mut tx, session.account_id, session.user_id, &keys).await?.ok_or(NONE)?;
    let is_verified = domain::is_verified(&mut tx, (session.account_id, &keys), &user).await?;
    let signer = signing::signer(gateway, &mut tx, ctx.now).await?;
    drop(tx);

    let claims = Claims {
        iss: issuer.to_owned(),
        aud: audience.to_owned(),
        sub: user.id.to_string(),
        account: session.account_id.to_string(),
        email: None,
        email_verified: None,
        roles: roles(&user),
        groups: user.profile.groups.clone(),
        sid: session.id.to_string(),
        amr: standing.authn_context.as_deref().and_then(methods),
        acr: standing.authn_context.clone(),
        auth_time: standing.authn_instant.unwrap_or(session.created_at).seconds(),
        iat: issued_at,
        exp: expires_at,
        jti: base64url(&gateway.rng().bytes::<16>()),
    };
    let email = user.profile.email.map(|address| Email { address: told_form(&address), is_verified });
    let claims = claims.with_email(email, settings.keeps_unverified_email);
    let token =
        jwt::sign(&claims, &signer).map_err(|_| StorageError::Corrupt("signing_keys.private_sealed"))?;
    Ok(Issued { token: token.into(), expires_in: expires_at - issued_at })
}

/// The role in the account, then those on the platform; what a rule gives twice is said once.
fn roles(user: &User) -> Vec<String> {
    let mut roles = vec![user.role.name().to_owned()];
    for role in &user.profile.roles {
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    roles
}

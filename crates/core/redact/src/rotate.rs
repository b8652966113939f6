//! What to do about a credential of each kind that was found: how grave it is, how it is changed, and where.

use crate::prefilter;
use crate::rules::{How, RULES};

/// How sure it is that a finding opens something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gravity {
    /// It may have run out by now, or be none.
    Guess,
    /// What stands around it says that it is one.
    Named,
    /// It has the form of a key or token.
    Token,
}

/// How a credential of some kind is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    kind: &'static str,
    /// How grave a finding of the kind is.
    pub gravity: Gravity,
    /// What to do, in a sentence or two.
    pub how: &'static str,
    /// Where: a page of the provider's, if it has one that is well known.
    pub url: Option<&'static str>,
}

/// What to do about a kind, as listed by [`crate::kinds`].
#[must_use]
pub fn rotation(kind: &str) -> Option<&'static Rotation> {
    ROTATIONS.iter().find(|rotation| rotation.kind == kind)
}

/// What may be shown of a credential: the beginning that all of its kind share, up to four characters, and `…`. Of one
/// without such a beginning nothing is.
///
/// ```
/// assert_eq!(claudectl_redact::masked("github-token", "ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"), "ghp_…");
/// assert_eq!(claudectl_redact::masked("password", "ghp_hunter2"), "…");
/// ```
#[must_use]
pub fn masked(kind: &str, secret: &str) -> String {
    let of_kind = RULES.iter().find(|rule| rule.id == kind);
    let shared = of_kind.filter(|rule| matches!(rule.how, How::Pattern { lead: 0, .. }) && !rule.any_case);
    let words = shared.map(|rule| rule.words).unwrap_or_default();
    let begins = words.iter().find(|word| secret.starts_with(**word)).copied().unwrap_or_default();
    format!("{}…", begins.chars().take(SHOWN).collect::<String>())
}

/// So much of a shared beginning is shown.
const SHOWN: usize = 4;

/// Whether a name could be that of a credential, so that what stands behind it is to be read together with it. Quick,
/// and more often right than not.
///
/// ```
/// assert!(claudectl_redact::is_telling("DB_PASSWORD"));
/// assert!(!claudectl_redact::is_telling("command"));
/// ```
#[must_use]
pub fn is_telling(name: &str) -> bool {
    let mut any = false;
    prefilter::each_hit(name.as_bytes(), |_, _| any = true);
    any
}

const REVOKE: &str = "revoke it in the provider's console, make a new one with no more rights than it needs, replace it where it is used, and look in the provider's log for uses that were not yours";
const PRIVATE_KEY: &str = "make a new key pair, put the new public key in the place of the old one (authorized_keys, deploy keys, signers), have certificates for the old one revoked, and delete it";
const AGE: &str = "make a new key with age-keygen, encrypt again what the old one could read, and change the secrets that were in it";
const FOLDER: &str = "it stands in the name of a folder that a session worked in: revoke it where it was issued, make a new one, replace it where it is used, and give the folder another name";
const SESSION: &str = "end the session or revoke the token where it was issued; one that has run out needs nothing, and its `exp` says when";
const COOKIE: &str = "log out of the service everywhere, which ends the session, and log in again";
const TEMPORARY: &str = "it runs out by itself, most often within hours; revoke the role's sessions if it has not yet, and change the key that it was made with if that was seen, too";
const AWS: &str = "make a second access key in IAM, replace it where it is used, deactivate the old one, delete it when nothing has missed it, and look in CloudTrail for uses that were not yours";
const GITHUB: &str = "delete it in the settings of its owner (an app's secrets in the app's), make one with no more scopes and repositories than it needs, replace it where it is used, and look in the security log for uses that were not yours";
const ANTHROPIC: &str = "delete the key in the console, make a new one and replace it where it is used; of a token of Claude Code, log out and in again";
const WEBHOOK: &str = "delete the webhook, since whoever knows the address can post to it, make a new one and replace it where it is used";
const TELEGRAM: &str = "have @BotFather revoke it (/revoke), and replace it where it is used";
const VAULT: &str = "revoke it (`vault token revoke`) with what it has leased, and get a new one";
const SAS: &str = "change the key of the account that signed it, or the stored access policy, and sign a new one that runs out soon; one that has run out needs nothing";
const TWO_KEYS: &str = "move what uses it to the account's second key, and make this one anew in the portal";
const OPENSHIFT: &str = "log out with it (`oc logout`), which revokes it, and log in again";
const PASSWORD: &str = "change the password where it is checked, replace it where it is used, and wherever else the same one was chosen";
const NAMED: &str = "find out what it opens, revoke or change it there, and replace it where it is used";
const GUESS: &str =
    "look at the place: if it is a credential, change it where it is checked and replace it where it is used";

const fn token(kind: &'static str, how: &'static str, url: &'static str) -> Rotation {
    new(kind, Gravity::Token, how, url)
}

const fn named(kind: &'static str, how: &'static str, url: &'static str) -> Rotation {
    new(kind, Gravity::Named, how, url)
}

const fn guess(kind: &'static str, how: &'static str, url: &'static str) -> Rotation {
    new(kind, Gravity::Guess, how, url)
}

const fn new(kind: &'static str, gravity: Gravity, how: &'static str, url: &'static str) -> Rotation {
    Rotation { kind, gravity, how, url: if url.is_empty() { None } else { Some(url) } }
}

/// An entry for each kind.
#[rustfmt::skip]
const ROTATIONS: &[Rotation] = &[
    token("private-key", PRIVATE_KEY, ""),
    token("encoded-private-key", PRIVATE_KEY, ""),
    token("age-secret-key", AGE, ""),
    guess("jwt", SESSION, ""),
    token("folder-token", FOLDER, ""),
    token("anthropic-key", ANTHROPIC, "https://console.anthropic.com/settings/keys"),
    token("openrouter-key", REVOKE, "https://openrouter.ai/settings/keys"),
    token("langfuse-key", REVOKE, "https://cloud.langfuse.com"),
    token("openai-key", REVOKE, "https://platform.openai.com/api-keys"),
    token("huggingface-token", REVOKE, "https://huggingface.co/settings/tokens"),
    token("groq-key", REVOKE, "https://console.groq.com/keys"),
    token("xai-key", REVOKE, "https://console.x.ai"),
    token("perplexity-key", REVOKE, "https://www.perplexity.ai/settings/api"),
    token("replicate-token", REVOKE, "https://replicate.com/account/api-tokens"),
    token("cerebras-key", REVOKE, "https://cloud.cerebras.ai"),
    token("langsmith-key", REVOKE, "https://smith.langchain.com/settings"),
    token("pinecone-key", REVOKE, "https://app.pinecone.io"),
    token("nvidia-key", REVOKE, "https://build.nvidia.com"),
    token("together-key", REVOKE, "https://api.together.ai/settings/api-keys"),
    token("fireworks-key", REVOKE, "https://app.fireworks.ai"),
    token("elevenlabs-key", REVOKE, "https://elevenlabs.io/app/settings/api-keys"),
    token("jina-key", REVOKE, ""),
    token("tavily-key", REVOKE, "https://app.tavily.com"),
    token("firecrawl-key", REVOKE, "https://www.firecrawl.dev/app/api-keys"),
    token("voyage-key", REVOKE, "https://dashboard.voyageai.com"),
    token("llamaindex-key", REVOKE, "https://cloud.llamaindex.ai"),
    token("wandb-key", REVOKE, "https://wandb.ai/authorize"),
    token("runpod-key", REVOKE, "https://www.runpod.io/console/user/settings"),
    token("e2b-key", REVOKE, "https://e2b.dev/dashboard"),
    token("apify-token", REVOKE, "https://console.apify.com/settings/integrations"),
    token("cursor-key", REVOKE, "https://cursor.com/dashboard"),
    token("aws-access-key-id", AWS, "https://console.aws.amazon.com/iam"),
    token("aws-secret-key", AWS, "https://console.aws.amazon.com/iam"),
    token("aws-bedrock-key", REVOKE, "https://console.aws.amazon.com/bedrock"),
    token("google-api-key", REVOKE, "https://console.cloud.google.com/apis/credentials"),
    token("google-oauth", REVOKE, "https://console.cloud.google.com/apis/credentials"),
    token("azure-storage-key", TWO_KEYS, "https://portal.azure.com"),
    token("azure-sas", SAS, "https://portal.azure.com"),
    token("azure-client-secret", REVOKE, "https://entra.microsoft.com"),
    token("alibaba-key", REVOKE, "https://ram.console.aliyun.com"),
    token("digitalocean-token", REVOKE, "https://cloud.digitalocean.com/account/api/tokens"),
    token("heroku-key", REVOKE, "https://dashboard.heroku.com/account"),
    token("cloudflare-origin-key", REVOKE, "https://dash.cloudflare.com/profile/api-tokens"),
    token("fly-token", REVOKE, "https://fly.io/user/personal_access_tokens"),
    token("netlify-token", REVOKE, "https://app.netlify.com/user/applications"),
    token("supabase-key", REVOKE, "https://supabase.com/dashboard/account/tokens"),
    token("planetscale-token", REVOKE, "https://app.planetscale.com"),
    token("vault-token", VAULT, ""),
    token("terraform-token", REVOKE, "https://app.terraform.io/app/settings/tokens"),
    token("doppler-token", REVOKE, "https://dashboard.doppler.com"),
    token("pulumi-token", REVOKE, "https://app.pulumi.com/account/tokens"),
    token("onepassword-token", REVOKE, "https://my.1password.com"),
    token("tailscale-key", REVOKE, "https://login.tailscale.com/admin/settings/keys"),
    token("openshift-token", OPENSHIFT, ""),
    guess("aws-session-token", TEMPORARY, "https://console.aws.amazon.com/iam"),
    token("amazon-client-secret", REVOKE, ""),
    token("azure-key", REVOKE, "https://portal.azure.com"),
    token("azure-account-key", TWO_KEYS, "https://portal.azure.com"),
    token("tencent-key", REVOKE, "https://console.cloud.tencent.com/cam/capi"),
    token("scaleway-key", REVOKE, "https://console.scaleway.com/iam/api-keys"),
    token("cloudflare-token", REVOKE, "https://dash.cloudflare.com/profile/api-tokens"),
    token("vercel-token", REVOKE, "https://vercel.com/account/tokens"),
    token("render-key", REVOKE, "https://dashboard.render.com"),
    token("neon-key", REVOKE, "https://console.neon.tech/app/settings/api-keys"),
    token("aiven-password", PASSWORD, "https://console.aiven.io"),
    token("mongodb-atlas-secret", REVOKE, "https://cloud.mongodb.com"),
    token("confluent-secret", REVOKE, "https://confluent.cloud/settings/api-keys"),
    token("launchdarkly-key", REVOKE, "https://app.launchdarkly.com"),
    token("infisical-token", REVOKE, "https://app.infisical.com"),
    token("ory-token", REVOKE, ""),
    token("prefect-key", REVOKE, "https://app.prefect.cloud"),
    token("infracost-key", REVOKE, ""),
    token("defined-networking-key", REVOKE, ""),
    token("github-token", GITHUB, "https://github.com/settings/tokens"),
    token("gitlab-token", REVOKE, "https://gitlab.com/-/user_settings/personal_access_tokens"),
    token("bitbucket-token", REVOKE, "https://id.atlassian.com/manage-profile/security/api-tokens"),
    token("npm-token", REVOKE, "https://www.npmjs.com/settings/~/tokens"),
    token("pypi-token", REVOKE, "https://pypi.org/manage/account/"),
    token("crates-io-token", REVOKE, "https://crates.io/settings/tokens"),
    token("rubygems-token", REVOKE, "https://rubygems.org/profile/api_keys"),
    token("nuget-key", REVOKE, "https://www.nuget.org/account/apikeys"),
    token("docker-token", REVOKE, "https://app.docker.com/settings/personal-access-tokens"),
    token("artifactory-token", REVOKE, ""),
    token("circleci-token", REVOKE, "https://app.circleci.com/settings/user/tokens"),
    token("buildkite-token", REVOKE, "https://buildkite.com/user/api-access-tokens"),
    token("sonar-token", REVOKE, "https://sonarcloud.io/account/security"),
    token("sourcegraph-token", REVOKE, ""),
    token("clojars-token", REVOKE, "https://clojars.org/tokens"),
    token("postman-key", REVOKE, "https://go.postman.co/settings/me/api-keys"),
    token("octopus-key", REVOKE, ""),
    token("harness-token", REVOKE, ""),
    token("dynatrace-token", REVOKE, ""),
    token("jetbrains-token", REVOKE, ""),
    token("packagist-token", REVOKE, "https://packagist.com"),
    token("jsr-token", REVOKE, "https://jsr.io/account/tokens"),
    token("slack-token", REVOKE, "https://api.slack.com/apps"),
    token("slack-webhook", WEBHOOK, "https://api.slack.com/apps"),
    token("discord-webhook", WEBHOOK, ""),
    token("teams-webhook", WEBHOOK, ""),
    token("telegram-token", TELEGRAM, ""),
    token("notion-token", REVOKE, "https://www.notion.so/profile/integrations"),
    token("linear-key", REVOKE, "https://linear.app/settings/account/security"),
    token("airtable-token", REVOKE, "https://airtable.com/create/tokens"),
    token("figma-token", REVOKE, "https://www.figma.com/settings"),
    token("readme-key", REVOKE, ""),
    token("sendgrid-key", REVOKE, "https://app.sendgrid.com/settings/api_keys"),
    token("sendinblue-key", REVOKE, "https://app.brevo.com/settings/keys/api"),
    token("mailgun-key", REVOKE, "https://app.mailgun.com"),
    token("mailchimp-key", REVOKE, "https://admin.mailchimp.com/account/api/"),
    token("twilio-key", REVOKE, "https://console.twilio.com"),
    token("typeform-token", REVOKE, ""),
    token("discord-token", REVOKE, "https://discord.com/developers/applications"),
    token("asana-token", REVOKE, "https://app.asana.com/0/my-apps"),
    token("contentful-token", REVOKE, "https://app.contentful.com/account/profile/cma_tokens"),
    token("hubspot-token", REVOKE, "https://app.hubspot.com"),
    token("dropbox-token", REVOKE, "https://www.dropbox.com/developers/apps"),
    token("clickup-key", REVOKE, ""),
    token("resend-key", REVOKE, "https://resend.com/api-keys"),
    token("intercom-token", REVOKE, "https://app.intercom.com"),
    token("frameio-token", REVOKE, ""),
    token("adobe-secret", REVOKE, "https://developer.adobe.com/console"),
    token("canva-secret", REVOKE, ""),
    token("cal-com-key", REVOKE, ""),
    token("salesforce-token", REVOKE, ""),
    token("matrix-token", REVOKE, ""),
    token("twitch-token", REVOKE, ""),
    token("adafruit-key", REVOKE, "https://io.adafruit.com"),
    token("maxmind-key", REVOKE, "https://www.maxmind.com/en/accounts/current/license-key"),
    token("mapbox-token", REVOKE, "https://console.mapbox.com/account/access-tokens"),
    token("stripe-key", REVOKE, "https://dashboard.stripe.com/apikeys"),
    token("square-token", REVOKE, "https://developer.squareup.com/apps"),
    token("shopify-token", REVOKE, ""),
    token("plaid-token", REVOKE, "https://dashboard.plaid.com"),
    token("flutterwave-key", REVOKE, ""),
    token("easypost-key", REVOKE, "https://www.easypost.com/account/api-keys"),
    token("shippo-token", REVOKE, ""),
    token("duffel-token", REVOKE, ""),
    token("live-key", REVOKE, ""),
    token("paypal-token", REVOKE, "https://developer.paypal.com/dashboard"),
    token("paddle-key", REVOKE, ""),
    token("sentry-token", REVOKE, "https://sentry.io/settings/account/api/auth-tokens/"),
    token("grafana-token", REVOKE, "https://grafana.com"),
    token("databricks-token", REVOKE, ""),
    token("new-relic-key", REVOKE, "https://one.newrelic.com/launcher/api-keys-ui.api-keys-launcher"),
    token("yandex-key", REVOKE, ""),
    token("facebook-token", REVOKE, "https://developers.facebook.com/apps"),
    token("twitter-token", REVOKE, "https://developer.x.com/en/portal/dashboard"),
    token("axiom-token", REVOKE, "https://app.axiom.co"),
    token("posthog-key", REVOKE, "https://app.posthog.com/settings/user-api-keys"),
    token("honeycomb-key", REVOKE, "https://ui.honeycomb.io"),
    token("statsig-key", REVOKE, ""),
    token("dbt-token", REVOKE, ""),
    token("xata-key", REVOKE, ""),
    token("elastic-key", REVOKE, "https://cloud.elastic.co"),
    token("rootly-token", REVOKE, ""),
    token("new-relic-license-key", REVOKE, "https://one.newrelic.com/launcher/api-keys-ui.api-keys-launcher"),
    named("url-password", PASSWORD, ""),
    named("authorization", NAMED, ""),
    named("bearer-token", SESSION, ""),
    named("cookie", COOKIE, ""),
    named("command-password", PASSWORD, ""),
    named("stdin-secret", NAMED, ""),
    named("netrc-password", PASSWORD, ""),
    named("password", PASSWORD, ""),
    named("secret", NAMED, ""),
    guess("high-entropy", GUESS, ""),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Made;

    #[test]
    fn every_kind_has_one_and_nothing_else_does() {
        let kinds: Vec<&str> = crate::kinds().map(|(kind, _)| kind).collect();
        let told: Vec<&str> = ROTATIONS.iter().map(|rotation| rotation.kind).collect();
        assert_eq!(kinds, told, "in the order of the rules");
        for rotation in ROTATIONS {
            assert!(rotation.url.is_none_or(|url| url.starts_with("https://") && !url.contains(' ')));
            assert!(!rotation.how.is_empty() && !rotation.how.ends_with('.'), "{}", rotation.kind);
        }
    }

    #[test]
    fn a_masked_form_holds_nothing_of_what_is_secret() {
        let all = RULES.iter().flat_map(|rule| rule.catch.iter().map(move |sample| (rule, *sample)));
        for ((rule, sample), seed) in all.zip(1u64..) {
            let text = Made(seed).expand(sample).replace(['«', '»'], "");
            for finding in crate::redact(&text).findings {
                let secret = &text[finding.range];
                let masked = masked(finding.kind, secret);
                let shown = masked.strip_suffix('…').unwrap();
                assert!(shown.chars().count() <= SHOWN && secret.starts_with(shown));
                let is_shared = |word: &&str| word.starts_with(shown);
                let of_rule = finding.kind != rule.id || rule.words.iter().any(is_shared);
                assert!(shown.is_empty() || of_rule, "{}: {masked}", finding.kind);
            }
        }
    }
}

//! Domains below which a name can be had by anybody, or by every customer of somebody.
//!
//! The list names those that egress policies are likely to name, and registries of countries by their usual form. It is not
//! the Public Suffix List, which has ten thousand lines and changes each week: a domain that is missing here draws no
//! warning, and nothing else depends on it.

use super::public_domains::is_public_domain;

/// Domains, and who can have a name below each.
const SHARED: &[(&str, &str)] = &[
    ("amazonaws.com", "every customer of Amazon Web Services"),
    ("amazonaws.com.cn", "every customer of Amazon Web Services"),
    ("appspot.com", "every customer of Google App Engine"),
    ("awsapprunner.com", "every customer of Amazon Web Services"),
    ("azure-api.net", "every customer of Azure"),
    ("azurecontainerapps.io", "every customer of Azure"),
    ("azureedge.net", "every customer of Azure"),
    ("azurefd.net", "every customer of Azure"),
    ("azurestaticapps.net", "every customer of Azure"),
    ("azurewebsites.net", "every customer of Azure"),
    ("blogspot.com", "every user of Blogger"),
    ("cloudapp.azure.com", "every customer of Azure"),
    ("cloudapp.net", "every customer of Azure"),
    ("cloudflarestorage.com", "every customer of Cloudflare"),
    ("cloudfront.net", "every customer of Amazon CloudFront"),
    ("cloudfunctions.net", "every customer of Google Cloud"),
    ("core.windows.net", "every customer of Azure"),
    ("digitaloceanspaces.com", "every customer of DigitalOcean"),
    ("duckdns.org", "every user of Duck DNS"),
    ("elb.amazonaws.com", "every customer of Amazon Web Services"),
    ("elasticbeanstalk.com", "every customer of Amazon Web Services"),
    ("firebaseapp.com", "every customer of Firebase"),
    ("fly.dev", "every customer of Fly.io"),
    ("github.io", "every user of GitHub"),
    ("githubusercontent.com", "every user of GitHub"),
    ("gitlab.io", "every user of GitLab"),
    ("googleusercontent.com", "every customer of Google"),
    ("herokuapp.com", "every customer of Heroku"),
    ("hf.space", "every user of Hugging Face"),
    ("lambda-url.us-east-1.on.aws", "every customer of Amazon Web Services"),
    ("myshopify.com", "every customer of Shopify"),
    ("netlify.app", "every customer of Netlify"),
    ("ngrok.app", "every user of ngrok"),
    ("ngrok.io", "every user of ngrok"),
    ("ngrok-free.app", "every user of ngrok"),
    ("nip.io", "everybody, for any address that the name contains"),
    ("on.aws", "every customer of Amazon Web Services"),
    ("onrender.com", "every customer of Render"),
    ("pages.dev", "every customer of Cloudflare Pages"),
    ("r2.dev", "every customer of Cloudflare"),
    ("run.app", "every customer of Google Cloud Run"),
    ("s3.amazonaws.com", "every customer of Amazon Web Services"),
    ("sslip.io", "everybody, for any address that the name contains"),
    ("supabase.co", "every customer of Supabase"),
    ("surge.sh", "every user of Surge"),
    ("trafficmanager.net", "every customer of Azure"),
    ("trycloudflare.com", "everybody"),
    ("up.railway.app", "every customer of Railway"),
    ("vercel.app", "every customer of Vercel"),
    ("web.app", "every customer of Firebase"),
    ("windows.net", "every customer of Azure"),
    ("workers.dev", "every customer of Cloudflare Workers"),
    ("xip.io", "everybody, for any address that the name contains"),
];

/// Words below which registries of countries give names away: `co.uk`, `com.au`.
const REGISTRIES: [&str; 10] = ["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"];

/// Who can have a name below a domain, where that is not one owner alone.
pub(super) fn owners_of_names(domain: &str) -> Option<String> {
    if let Some((_, owners)) = SHARED.iter().find(|(shared, _)| *shared == domain) {
        return Some((*owners).to_owned());
    }
    // Regions of a cloud: `s3.eu-west-1.amazonaws.com`, `us-east-1.on.aws`.
    let of_cloud = SHARED.iter().find(|(shared, _)| {
        matches!(*shared, "amazonaws.com" | "amazonaws.com.cn" | "on.aws" | "core.windows.net")
            && domain.strip_suffix(shared).is_some_and(|rest| rest.ends_with('.'))
    });
    if let Some((_, owners)) = of_cloud {
        return Some((*owners).to_owned());
    }
    let (below, top) = domain.split_once('.')?;
    let is_registry = REGISTRIES.contains(&below) && top.len() == 2 && is_public_domain(top);
    is_registry.then(|| "everybody".to_owned())
}

#[cfg(test)]
mod tests {
    use super::owners_of_names;

    #[test]
    fn domains_of_one_owner_draw_no_warning() {
        for domain in ["example.com", "api.github.com", "co.example.com", "googleapis.com", "s3.example.org"] {
            assert_eq!(owners_of_names(domain), None, "{domain}");
        }
        for domain in ["github.io", "co.uk", "com.au", "amazonaws.com", "s3.eu-west-1.amazonaws.com"] {
            assert!(owners_of_names(domain).is_some(), "{domain}");
        }
    }
}

//! Values beside names that tell of a secret: which are taken, and what only looks like one.

use claudectl_redact::redact;

/// `«…»` is what must not be seen. Made up, and put together where a scanner would take it for a token.
const TAKEN: &[&str] = &[
    // Letters alone, in environments and on command lines.
    "API_TOKEN=«qwhzkfjtrplamxvb»",
    "API_TOKEN=\"«qwhzkfjtrplamxvb»\"",
    "API_TOKEN='«qwhzkfjtrpla»'",
    "export SLACK_TOKEN=«qwhzkfjtrpla»",
    "env STRIPE_SECRET=«kqzvjxwpymtr» make deploy",
    "MY_API_KEY=«QWHZKFJTRPLA» ./run",
    "docker run -e API_KEY=«qwhzkfjtrplamx» image",
    "SECRET_KEY=\"«kJhGfDsAqWeRtYuIoP»\"",
    "tool --token «qwhzkfjtrplamxvb»",
    "tool --token=«qwhzkfjtrplamxvb»",
    "tool --api-key \"«qwhzkfjtrplamxvb»\"",
    "https://x.test/a?access_token=«qwhzkfjtrplamxvbn»&page=2",
    "$env:API_TOKEN = '«qwhzkfjtrplamxvb»'",
    "setenv API_TOKEN «qwhzkfjtrplamxvb»",
    "ENV API_TOKEN «qwhzkfjtrplamxvb»",
    "aws configure set aws_secret_access_key «qwhzkfjtrplamxvbqwhzkfjtrplamxvb»",
    "Authorization: x\nAPI_TOKEN=«qwhzkfjtrplamxvb»\n",
    // And in files.
    r#""api_token": "«qwhzkfjtrplamxvb»""#,
    r#"{"client_secret":"«qwhzkfjtrplamxvb»"}"#,
    r#"{\"apiKey\":\"«qwhzkfjtrplamxvb»\"}"#,
    "api_token: \"«qwhzkfjtrplamxvb»\"",
    "api_token: '«qWhZkFjTrPlAmXvB»'",
    "secret_key = \"«qwhzkfjtrplamxvb»\"",
    r#"const API_KEY = "«qwhzkfjtrplamxvb»";"#,
    "- name: API_TOKEN\n  value: \"«qwhzkfjtrplamxvb»\"",
    // Passwords that are words.
    "DB_PASSWORD=«hunterhunter»",
    "PASSWORD=\"«hunterhunter»\" make",
    "db.password=«hunterhunter»",
    r#""password": "«hunterhunter»""#,
    "password: \"«hunterhunter»\"",
    "password = '«hunterhunter»'",
    "username: joe\npassword: «hunterhunter»\n",
    "password: «hunterhunter»\nuser: joe",
    "db:\n  host: db.test\n  password: «hunterhunter»\n  port: 5432",
    "- user: joe\n  password: «correct-horse»\n",
    r#"{"content":"user: joe\npassword: «hunterhunter»\n"}"#,
    "password: «hunter2»",
    "password: «hunter2»\n",
    "a: 1\n  db_password: «summer24»\n",
    "password: «Summer!»",
    "Password: «hunter2!x»",
    "the password: «hunter2.»",
    // Percent-encoded, once and more often.
    "https://x.test/?next=%2Flogin%3Fpassword%3D«hunterhunter»%26a%3Db",
    "body=password%3D«hunter2»",
    "password%253D«hunter2»",
    "%70assword=«hunter2»",
    "q=%7B%22password%22%3A%22«hunterhunter»%22%7D",
    "curl 'https://x.test/?q=client_secret%3D«qwhzkfjtrplamxvb»'",
    "api_key%3D«qwhzk%66jtrplamxvb»",
    "https%3A%2F%2Fjoe%3A«hunter2»%40db.test%2Fx",
    "Authorization%3A%20Bearer%20«b7Qk2xZr9LmPt4VwYs6N»",
    "token%3D«ghp_~»",
    "x=«%67hp_~»",
    "x=«g%68p%5F~»",
    "a%3D«%2567hp_~»",
];

const LEFT: &[&str] = &[
    // Prose.
    "password: string.",
    "password: required",
    "password: required.",
    "Password: mandatory, at least 8 characters",
    "password: mandatory",
    "Password: incorrect!",
    "password: incorrect.",
    "the password: forgotten, as ever",
    "password: (hidden)",
    "password: hashed.",
    "password: must have a digit",
    "token: expired.",
    "The token: invalid, or missing.",
    "secret: optional.",
    "password: n/a",
    "password: min:8",
    "password: required|min:8|confirmed",
    "password: yes/no",
    "- password: whatever",
    "password: user's own",
    "Password: see below.",
    "api_key: none.",
    "password: hunter, said the fox",
    // Types.
    "password: string;",
    "password: string | null",
    "password: string|null;",
    "password: str = None",
    "password: String",
    "password: SecretStr",
    "password: VARCHAR(255)",
    "username: string\npassword: string\n",
    "username: required\npassword: optional\n",
    "user: &str\npassword: &str\n",
    "password: Text",
    r#""password": "string""#,
    r#""password": "string|null""#,
    r#""password": "Mandatory.""#,
    r#""token": "identifier""#,
    r#""token": "required""#,
    // Programs, variables and placeholders.
    "let token = authenticationidentifier;",
    "fetch(token=sessionidentifier)",
    "token = authorizationHeaderValue",
    r#"token = "authorizationHeader""#,
    "const TOKEN: &str = \"identifier\";",
    "TOKEN = \"authorization\"",
    "API_TOKEN=$TOKEN",
    "API_TOKEN=\"${{ secrets.API_TOKEN }}\"",
    "API_TOKEN=changeme",
    "API_TOKEN=your-token-here",
    "API_KEY=disabled",
    "SECRET=my-app-secrets",
    "secret: web-tls-certificate",
    "user: joe\npassword: ${DB_PASSWORD}\n",
    "user: joe\npassword: changeme\n",
    "user: joe\npassword: self.password\n",
    "user: joe\npassword: password\n",
    "password: password1",
    "password: value2",
    // Addresses.
    "https://x.test/a%20b?page=2&sort=key%3Aname",
    "https://x.test/?q=reset%20password%3A%20how",
    "q=password%3D%24PASSWORD",
    "password%3Drequired",
    "100%25 of tokens%3A all",
    "%s: token %d%%",
    "file%20name%2Etxt",
];

fn token() -> String {
    ["b7Qk2xZr9LmP", "t4VwYs6NcHdJ", "f8GaEu1TiO3R"].concat()
}

#[test]
fn values_of_telling_names_are_taken() {
    assert!(TAKEN.len() >= 40);
    let missed: Vec<String> = TAKEN
        .iter()
        .filter_map(|row| {
            let row = row.replace('~', &token());
            let (text, secret) = (row.replace(['«', '»'], ""), row.split(['«', '»']).nth(1)?);
            let (before, after) = row.split_once('«').zip(row.split_once('»')).map(|(a, b)| (a.0, b.1))?;
            let redacted = redact(&text);
            let as_wanted = redacted.text.starts_with(&format!("{before}[redacted:"))
                && redacted.text.ends_with(&format!("]{after}"))
                && !redacted.text.contains(secret);
            (!as_wanted).then(|| format!("{text:?}\n    became {:?}", redacted.text))
        })
        .collect();
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), TAKEN.len(), missed.join("\n"));
}

#[test]
fn what_says_something_about_a_secret_is_left() {
    assert!(LEFT.len() >= 40);
    let taken: Vec<String> = LEFT
        .iter()
        .filter_map(|text| {
            let redacted = redact(text);
            (!redacted.findings.is_empty()).then(|| format!("{text:?}\n    became {:?}", redacted.text))
        })
        .collect();
    assert!(taken.is_empty(), "{} of {}:\n{}", taken.len(), LEFT.len(), taken.join("\n"));
}

/// What is redacted once stays as it is, whatever is read in it then.
#[test]
fn redacting_twice_changes_nothing() {
    for row in TAKEN {
        let text = row.replace(['«', '»'], "").replace('~', &token());
        let once = redact(&text).text;
        assert_eq!(redact(&once).text, once, "{text}");
    }
}

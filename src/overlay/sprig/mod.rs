//! The text functions that Go templates know from Sprig: what each yields is as there, byte for byte, but for what depends on the
//! clock, on chance, on the environment or on the network. Those are known by name and refused, since an archive would be another
//! at each rendering. What Sprig gives in no order, as the keys of a dict, comes sorted.

mod args;
mod case;
mod date;
mod dict;
mod encode;
mod json;
mod kind;
mod list;
mod math;
mod pattern;
mod text;
mod version;

pub use args::{spelled, string, text as text_of, whole};
pub use date::Time;
pub use encode::base;

use super::go::{Function, MANY, Run};

/// All of them, in tables.
pub static TABLES: [&[Function]; 12] = [
    &text::FUNCTIONS,
    &case::FUNCTIONS,
    &list::FUNCTIONS,
    &dict::FUNCTIONS,
    &math::FUNCTIONS,
    &kind::FUNCTIONS,
    &json::FUNCTIONS,
    &encode::FUNCTIONS,
    &pattern::FUNCTIONS,
    &date::FUNCTIONS,
    &version::FUNCTIONS,
    &REFUSED,
];

const CHANCE: &str = "an archive must be the same at each rendering, and this is left to chance";
const CLOCK: &str = "an archive must be the same at each rendering, and this depends on the clock";
const OUTSIDE: &str = "templates see neither the environment nor the network of the server";
const KEYS: &str =
    "keys and certificates are not made in templates; put them into a file, and include it";

const fn refused(name: &'static str, why: &'static str) -> Function {
    Function {
        name,
        args: (0, MANY),
        run: Run::Refused(why),
    }
}

/// Known and not carried out.
static REFUSED: [Function; 27] = [
    refused("ago", CLOCK),
    refused("randAlphaNum", CHANCE),
    refused("randAlpha", CHANCE),
    refused("randAscii", CHANCE),
    refused("randNumeric", CHANCE),
    refused("randInt", CHANCE),
    refused("randBytes", CHANCE),
    refused("shuffle", CHANCE),
    refused("uuidv4", CHANCE),
    refused("bcrypt", CHANCE),
    refused("htpasswd", CHANCE),
    refused("encryptAES", CHANCE),
    refused("decryptAES", KEYS),
    refused("env", OUTSIDE),
    refused("expandenv", OUTSIDE),
    refused("getHostByName", OUTSIDE),
    refused("genPrivateKey", KEYS),
    refused("derivePassword", KEYS),
    refused("buildCustomCert", KEYS),
    refused("genCA", KEYS),
    refused("genCAWithKey", KEYS),
    refused("genSelfSignedCert", KEYS),
    refused("genSelfSignedCertWithKey", KEYS),
    refused("genSignedCert", KEYS),
    refused("genSignedCertWithKey", KEYS),
    refused("sha1sum", "SHA-1 is broken; sha256sum is not"),
    refused("md5sum", "MD5 is broken; sha256sum is not"),
];

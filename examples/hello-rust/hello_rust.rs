//! A function in Rust: plain rustc, no crate. `abi.rs` beside it is sojourn/abi.h in Rust.
mod abi;
use abi::*;
use std::panic::catch_unwind;

fn name_in(query: &str) -> &str {
    query.split('&').find_map(|pair| pair.strip_prefix("name=")).unwrap_or("world")
}

fn answer(host: &Host, call: *mut Call, request: &Request) -> i32 {
    let query = String::from_utf8_lossy(request.query.as_slice());
    let name = name_in(&query);
    if name.len() > 100 {
        return host.fail(call, 422, "", "a name has at most 100 bytes\n");
    }
    let text = format!("hello from Rust, {}\n", name);
    host.reply(call, 200, &[("content-type", "text/plain; charset=utf-8")], text.as_bytes())
}

/// Nothing may unwind into the host, so a panic ends here.
unsafe extern "C" fn hello_rust(host: *const Host, call: *mut Call, request: *const Request) -> i32 {
    catch_unwind(|| answer(&*host, call, &*request)).unwrap_or_else(|_| (*host).fail(call, 0, "panic", ""))
}

#[no_mangle]
pub static sojourn_entry_hello_rust: Entry = Entry::function(hello_rust);

const TEXT: &[u8; 69] = b"abi=1\nkind=function\nname=hello-rust\nsymbol=sojourn_entry_hello_rust\n\0";

#[used]
#[link_section = ".note.sojourn"]
static NOTE: Note<72> = Note::new(TEXT);

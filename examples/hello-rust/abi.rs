//! sojourn/abi.h, major 1, as far as a function needs it that replies or fails.
#![allow(dead_code)]
#![allow(non_upper_case_globals)]

use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;

/// Bytes that somebody else owns; valid until the entry returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    data: *const u8,
    size: usize,
}

impl Bytes {
    pub fn of(text: &[u8]) -> Bytes {
        Bytes { data: text.as_ptr(), size: text.len() }
    }
    pub fn as_slice(&self) -> &[u8] {
        if self.size == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

#[repr(C)]
pub struct Field {
    name: Bytes,
    value: Bytes,
}

#[repr(C)]
pub struct Fields {
    items: *const Field,
    count: usize,
}

#[repr(C)]
pub struct Call {
    opaque: [u8; 0],
    marker: PhantomData<(*mut u8, PhantomPinned)>,
}

#[repr(C)]
pub struct Request {
    size: usize,
    pub method: Bytes,
    pub path: Bytes,
    pub query: Bytes,
    pub remote: Bytes,
    pub headers: Fields,
    pub body: Bytes,
}

#[repr(C)]
struct Response {
    size: usize,
    status: i32,
    reserved: i32,
    headers: Fields,
    body: Bytes,
}

#[repr(C)]
struct Failure {
    size: usize,
    status: i32,
    flags: u32,
    retry_ms: i64,
    kind: Bytes,
    message: Bytes,
}

/// The beginning of sj_host; what follows is not used here, and the host may have more than is known here.
#[repr(C)]
pub struct Host {
    size: usize,
    major: u32,
    minor: u32,
    log: extern "C" fn(*mut Call, i32, Bytes, Fields),
    value: extern "C" fn(*mut Call, i32, Bytes, *mut Bytes) -> i32,
    time_left_ns: extern "C" fn(*const Call) -> i64,
    cancelled: extern "C" fn(*const Call) -> i32,
    reply: extern "C" fn(*mut Call, *const Response) -> i32,
    fail: extern "C" fn(*mut Call, *const Failure) -> i32,
}

impl Host {
    pub fn reply(&self, call: *mut Call, status: i32, headers: &[(&str, &str)], body: &[u8]) -> i32 {
        let fields: Vec<Field> = headers
            .iter()
            .map(|(name, value)| Field { name: Bytes::of(name.as_bytes()), value: Bytes::of(value.as_bytes()) })
            .collect();
        let response = Response {
            size: size_of::<Response>(),
            status,
            reserved: 0,
            headers: Fields { items: fields.as_ptr(), count: fields.len() },
            body: Bytes::of(body),
        };
        (self.reply)(call, &response)
    }

    /// A status of 400 to 599 answers with the message; 0 is a fault that only the log describes.
    pub fn fail(&self, call: *mut Call, status: i32, kind: &str, message: &str) -> i32 {
        let failure = Failure {
            size: size_of::<Failure>(),
            status,
            flags: 0,
            retry_ms: 0,
            kind: Bytes::of(kind.as_bytes()),
            message: Bytes::of(message.as_bytes()),
        };
        (self.fail)(call, &failure)
    }
}

pub type Invoke = unsafe extern "C" fn(*const Host, *mut Call, *const Request) -> i32;

#[repr(C)]
pub struct Entry {
    size: usize,
    major: u32,
    kind: u32,
    invoke: Invoke,
}

impl Entry {
    pub const fn function(invoke: Invoke) -> Entry {
        Entry { size: size_of::<Entry>(), major: 1, kind: 1, invoke }
    }
}

/// The ELF note; CONTENT is the text's size rounded up to a multiple of four.
#[repr(C, align(4))]
pub struct Note<const CONTENT: usize> {
    owner_size: u32,
    text_size: u32,
    kind: u32,
    owner: [u8; 8],
    content: [u8; CONTENT],
}

impl<const CONTENT: usize> Note<CONTENT> {
    pub const fn new<const TEXT: usize>(text: &[u8; TEXT]) -> Note<CONTENT> {
        assert!(CONTENT == (TEXT + 3) / 4 * 4);
        let mut content = [0; CONTENT];
        let mut at = 0;
        while at < TEXT {
            content[at] = text[at];
            at += 1;
        }
        Note { owner_size: 8, text_size: TEXT as u32, kind: 0x736f, owner: *b"Sojourn\0", content }
    }
}

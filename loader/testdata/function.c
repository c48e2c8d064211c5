/* One function, bent by macros into each shape the ELF gate's tests need. */
#include <stdlib.h>

#include <sojourn/abi.h>

#ifndef NOTE_ABI
#define NOTE_ABI "1"
#endif
#ifndef NOTE_KIND
#define NOTE_KIND "function"
#endif
#ifndef NOTE_NAME
#define NOTE_NAME "word_count"
#endif
#ifndef NOTE_SYMBOL
#define NOTE_SYMBOL "sojourn_entry_word_count"
#endif
#ifndef ENTRY_VISIBILITY
#define ENTRY_VISIBILITY "default"
#endif
#ifndef SECOND_NAME
#define SECOND_NAME "second"
#endif

#ifdef WITH_UNIQUE
/* What GCC makes of an inline variable that is visible, unless -fno-gnu-unique. */
__asm__(
    ".pushsection .data\n"
    ".globl shared_counter\n"
    ".type shared_counter, @gnu_unique_object\n"
    ".size shared_counter, 4\n"
    "shared_counter: .zero 4\n"
    ".popsection\n");
#endif

#ifdef CALLS_VERSIONED
int sojourn_versioned(void);
#else
static int sojourn_versioned(void) {
  return getenv("PATH") == NULL;
}
#endif

static int invoke(const sj_host* host, sj_call* call, const sj_request* request) {
  (void)host, (void)call, (void)request;
  return sojourn_versioned();
}

__attribute__((visibility(ENTRY_VISIBILITY)))
const sj_entry sojourn_entry_word_count = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, invoke};

#ifndef WITHOUT_NOTE
SJ_NOTE(word_count,
        "abi=" NOTE_ABI "\nkind=" NOTE_KIND "\nname=" NOTE_NAME "\nsymbol=" NOTE_SYMBOL "\nlater=ignored\n");
#endif

#ifdef WITH_SECOND
SJ_EXPORT const sj_entry sojourn_entry_second = {sizeof(sj_entry), SJ_ABI_MAJOR, SJ_FUNCTION, invoke};
SJ_NOTE(second,
        "abi=1\nkind=function\nname=" SECOND_NAME "\nsymbol=sojourn_entry_second\nwith={\"type\":\"object\"}\n");
#endif

#ifdef WITH_MODULE
SJ_EXPORT const sj_module sojourn_module = {sizeof(sj_module), SJ_ABI_MAJOR, 0, NULL, NULL, NULL};
#endif

#ifdef WITH_TEXT_RELOCATION
__asm__(".text\n.quad sojourn_entry_word_count\n");
#endif

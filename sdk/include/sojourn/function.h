// Everything a function needs: include this, write a C++ function, name it in one macro.
//
//   #include <sojourn/function.h>
//
//   sojourn::Response hello(const sojourn::Request& request, sojourn::Context&) {
//     return sojourn::Response::text("hello, " + request.query("name").value_or("world") + "\n");
//   }
//   SOJOURN_FUNCTION(hello)
//
// The SDK is header-only: std and the C ABI of <sojourn/abi.h>, nothing else. Its names live in an inline namespace
// per ABI major, so that objects of different SDKs in one process never share a symbol.
//
// Thread: an instance runs one call at a time.
#pragma once

#include <sojourn/abi.h>
#include <sojourn/cloud_event.h>
#include <sojourn/context.h>
#include <sojourn/entry.h>
#include <sojourn/error.h>
#include <sojourn/log.h>
#include <sojourn/module.h>
#include <sojourn/next.h>
#include <sojourn/random.h>
#include <sojourn/request.h>
#include <sojourn/response.h>
#include <sojourn/state.h>
#include <sojourn/stream.h>

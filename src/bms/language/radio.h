#pragma once
// Bluetooth LE as a protocol sees it: where a type talks, and what the link can do beside request and reply.
// Source: core/transports.md section 2, bms/ble/README.md.
//
// On such a channel transact() appends all notifications to one buffer and asks Exchange::length after each. A reply
// ends where that says; what follows stays for the next exchange that sends nothing (Exchange::request empty). A
// request whose reply is awaited drops what is there before.
#include <string>
#include <string_view>

#include "bms/language/refusal.h"
#include "util/bytes.h"
#include "util/clock.h"
#include "util/task.h"

namespace bmsd::bms {

/// The characteristics of a type, as UUIDs in lower case, short (ff01) or whole.
struct Gatt {
    std::string_view service;  // of notify, and of write unless write_service says another
    std::string_view notify;
    std::string_view write = {};  // empty: the host writes nothing
    std::string_view write_service = {};
    std::string_view also_notify = {};  // a second one that notifies, in whatever service it is
    bool command_first = false;         // write without response although the characteristic can do both
    std::size_t piece = 0;              // the most bytes of one write; 0: what the link can carry
    std::size_t only_size = 0;  // not 0: nothing but the ends of notifications tells where a frame ends: those of
                                // another size are dropped
};

class Radio {
  public:
    Radio() = default;
    Radio(const Radio&) = delete;
    Radio& operator=(const Radio&) = delete;
    virtual ~Radio() = default;

    virtual std::string_view address() const = 0;      // AA:BB:CC:DD:EE:FF
    virtual std::string_view device_name() const = 0;  // empty: it has none
    virtual std::string_view secret() const = 0;       // the password of the configuration; empty: none
    /// Another number on each connection: what is said once a connection is to be said again.
    virtual unsigned connection() const = 0;
    /// The value of a characteristic. `unsupported`: there is none.
    virtual Task<Reply<Bytes>> read(std::string_view uuid) = 0;
    /// From now on writes are done the other way (with or without response); false: there is no other.
    virtual bool other_write_type() = 0;
    /// Ends the connection and makes no new one for so long.
    virtual void stay_away(Duration duration) = 0;
};

}  // namespace bmsd::bms

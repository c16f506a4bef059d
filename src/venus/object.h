#pragma once
// The objects of one service: one handler answers for every path of a Tree. Source: core/dbus.md sections 2.1 and 2.4.
#include "bus/connection.h"
#include "venus/tree.h"

namespace bmsd::venus {

/// Return codes of SetValue.
enum class Written : std::int32_t { accepted = 0, unusable = 1, refused = 2 };

/// The answer to a SetValue that is still to come. Nothing is sent when nobody waits for it.
class WriteReply {
  public:
    WriteReply() = default;
    WriteReply(bus::Connection& bus, sd_bus_message* call);
    void operator()(Written result);

  private:
    bus::Connection* bus_ = nullptr;
    bus::Message call_;
};

/// Decides about what a client writes.
class Writer {
  public:
    virtual ~Writer() = default;
    /// `leaf` is writable and `value` of its type and different from the present one. `reply` must be called, now or
    /// later.
    virtual void write(Leaf& leaf, const bus::Value& value, WriteReply reply) = 0;
};

class Object {
  public:
    /// All three outlive it. Nothing is answered when the handler cannot be installed (null slot: out of memory).
    Object(bus::Connection& bus, Tree& tree, Writer& writer);

    /// For every method call of the connection; returns as a handler of sd-bus does.
    int answer(sd_bus_message* call);
    /// One ItemsChanged with these leaves.
    void signal_changed(std::span<const Leaf* const> leaves);

  private:
    int on_leaf(sd_bus_message* call, Leaf& leaf, std::string_view member);
    int on_node(sd_bus_message* call, std::string_view path, std::string_view member);
    int set_value(sd_bus_message* call, Leaf& leaf);
    int introspect(sd_bus_message* call, std::string_view path, bool leaf);

    bus::Connection& bus_;
    Tree& tree_;
    Writer& writer_;
    bus::Slot slot_;
};

}  // namespace bmsd::venus

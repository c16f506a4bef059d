#include "venus/object.h"

#include <systemd/sd-bus.h>

namespace bmsd::venus {
namespace {

constexpr const char* bus_item = "com.victronenergy.BusItem";
constexpr std::string_view introspectable = "org.freedesktop.DBus.Introspectable";

constexpr std::string_view introspection_head =
    R"(<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
<node>
  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect"><arg direction="out" type="s"/></method>
  </interface>
  <interface name="com.victronenergy.BusItem">
    <method name="GetValue"><arg direction="out" type="v"/></method>
)";
constexpr std::string_view introspection_leaf =
    R"(    <method name="GetText"><arg direction="out" type="s"/></method>
    <method name="SetValue"><arg direction="in" type="v" name="newvalue"/><arg direction="out" type="i"/></method>
    <method name="GetDescription">
      <arg direction="in" type="s" name="language"/><arg direction="in" type="i" name="length"/><arg direction="out" type="s"/>
    </method>
    <signal name="PropertiesChanged"><arg type="a{sv}" name="changes"/></signal>
)";
constexpr std::string_view introspection_node = R"(    <method name="GetText"><arg direction="out" type="v"/></method>
)";
constexpr std::string_view introspection_root =
    R"(    <method name="GetItems"><arg direction="out" type="a{sa{sv}}"/></method>
    <signal name="ItemsChanged"><arg type="a{sa{sv}}" name="changes"/></signal>
)";

// sd-bus remembers nothing of a failed append: the first error wins and ends the message.
class Builder {
  public:
    explicit Builder(sd_bus_message* message) : message_(message) {}
    Builder& open(char type, const char* contents)
    {
        return take(sd_bus_message_open_container(message_, type, contents));
    }
    Builder& close() { return take(sd_bus_message_close_container(message_)); }
    Builder& string(const char* text) { return take(sd_bus_message_append_basic(message_, 's', text)); }
    Builder& variant(const bus::Value& value) { return take(append(message_, value)); }
    Builder& text_variant(const std::string& text)
    {
        return take(sd_bus_message_append(message_, "v", "s", text.c_str()));
    }
    int error() const { return error_; }

  private:
    Builder& take(int result)
    {
        if (error_ >= 0 && result < 0) error_ = result;
        return *this;
    }
    sd_bus_message* message_;
    int error_ = 0;
};

// path -> {Value, Text}
void add_item(Builder& out, const Leaf& leaf)
{
    out.open('e', "sa{sv}").string(leaf.path.c_str()).open('a', "{sv}");
    out.open('e', "sv").string("Value").variant(leaf.value).close();
    out.open('e', "sv").string("Text").text_variant(text(leaf.value, leaf.format())).close();
    out.close().close();
}

bus::Message new_reply(sd_bus_message* call)
{
    sd_bus_message* reply = nullptr;
    sd_bus_message_new_method_return(call, &reply);
    return bus::Message(reply);
}

int finish(bus::Message reply, const Builder& out)
{
    if (!reply) return -ENOMEM;
    if (out.error() < 0) return out.error();
    const int sent = sd_bus_send(nullptr, reply.get(), nullptr);
    return sent < 0 ? sent : 1;
}

int unknown_method(sd_bus_message* call)
{
    return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_METHOD, "%s has no method %s",
                                      sd_bus_message_get_path(call), sd_bus_message_get_member(call));
}

int dispatch(sd_bus_message* call, void* object, sd_bus_error*)
{
    return static_cast<Object*>(object)->answer(call);
}

}  // namespace

WriteReply::WriteReply(bus::Connection& bus, sd_bus_message* call) : bus_(&bus), call_(sd_bus_message_ref(call)) {}

void WriteReply::operator()(Written result)
{
    if (!call_) return;
    sd_bus_reply_method_return(call_.get(), "i", static_cast<std::int32_t>(result));
    call_.reset();
    bus_->sent();
}

Object::Object(bus::Connection& bus, Tree& tree, Writer& writer) : bus_(bus), tree_(tree), writer_(writer)
{
    sd_bus_slot* slot = nullptr;
    if (sd_bus_add_fallback(bus.raw(), &slot, "/", dispatch, this) >= 0) slot_.reset(slot);
}

void Object::signal_changed(std::span<const Leaf* const> leaves)
{
    bus::Message signal = bus_.new_signal("/", bus_item, "ItemsChanged");
    if (!signal) return;
    Builder out(signal.get());
    out.open('a', "{sa{sv}}");
    for (const Leaf* leaf : leaves) add_item(out, *leaf);
    out.close();
    if (out.error() >= 0) bus_.send(std::move(signal));
}

int Object::answer(sd_bus_message* call)
{
    const std::string_view path = sd_bus_message_get_path(call), member = sd_bus_message_get_member(call);
    const char* interface = sd_bus_message_get_interface(call);
    Leaf* leaf = tree_.find(path);
    if (leaf == nullptr && tree_.below(path).empty()) {
        return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_OBJECT, "no object %s",
                                          sd_bus_message_get_path(call));
    }
    if (member == "Introspect" && (interface == nullptr || interface == introspectable)) {
        return introspect(call, path, leaf != nullptr);
    }
    if (interface != nullptr && std::string_view(interface) != bus_item) return unknown_method(call);
    return leaf != nullptr ? on_leaf(call, *leaf, member) : on_node(call, path, member);
}

int Object::on_leaf(sd_bus_message* call, Leaf& leaf, std::string_view member)
{
    if (member == "SetValue") return set_value(call, leaf);
    bus::Message reply = new_reply(call);
    Builder out(reply.get());
    if (member == "GetValue")
        out.variant(leaf.value);
    else if (member == "GetText")
        out.string(text(leaf.value, leaf.format()).c_str());
    else if (member == "GetDescription")
        out.string("");
    else
        return unknown_method(call);
    return finish(std::move(reply), out);
}

int Object::on_node(sd_bus_message* call, std::string_view path, std::string_view member)
{
    const std::size_t skip = path == "/" ? 1 : path.size() + 1;
    bus::Message reply = new_reply(call);
    Builder out(reply.get());
    if (member == "GetItems" && path == "/") {
        out.open('a', "{sa{sv}}");
        for (const auto number : tree_.below(path)) add_item(out, tree_.leaf(number));
        out.close();
    } else if (member == "GetValue") {
        out.open('v', "a{sv}").open('a', "{sv}");
        for (const auto number : tree_.below(path)) {
            const Leaf& leaf = tree_.leaf(number);
            out.open('e', "sv").string(leaf.path.c_str() + skip).variant(leaf.value).close();
        }
        out.close().close();
    } else if (member == "GetText") {
        out.open('v', "a{ss}").open('a', "{ss}");
        for (const auto number : tree_.below(path)) {
            const Leaf& leaf = tree_.leaf(number);
            out.open('e', "ss")
                .string(leaf.path.c_str() + skip)
                .string(text(leaf.value, leaf.format()).c_str())
                .close();
        }
        out.close().close();
    } else {
        return unknown_method(call);
    }
    return finish(std::move(reply), out);
}

int Object::set_value(sd_bus_message* call, Leaf& leaf)
{
    if (sd_bus_message_has_signature(call, "v") <= 0) {
        return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_INVALID_ARGS, "SetValue takes one variant");
    }
    const auto given = bus::read_variant(call);
    WriteReply reply(bus_, call);
    const auto value = given && leaf.writable() ? converted(*given, leaf.row->type) : std::nullopt;
    if (!value)
        reply(Written::unusable);
    else if (*value == leaf.value)
        reply(Written::accepted);
    else
        writer_.write(leaf, *value, std::move(reply));
    return 1;
}

int Object::introspect(sd_bus_message* call, std::string_view path, bool leaf)
{
    std::string xml(introspection_head);
    xml += leaf ? introspection_leaf : introspection_node;
    if (path == "/") xml += introspection_root;
    xml += "  </interface>\n";
    for (const auto child : tree_.children(path)) xml.append("  <node name=\"").append(child).append("\"/>\n");
    xml += "</node>\n";
    return sd_bus_reply_method_return(call, "s", xml.c_str());
}

}  // namespace bmsd::venus

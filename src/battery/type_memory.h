#pragma once
// Which type answered last on which port: tried first the next time. Only speed depends on it, never correctness.
// Source: core/lifecycle.md section 4.4.
#include <map>
#include <string>
#include <string_view>

namespace bmsd::battery {

class TypeMemory {
  public:
    /// `file` empty: nothing is kept. A missing or broken file counts as empty.
    explicit TypeMemory(std::string file);
    /// The type remembered for `key`; empty when there is none.
    std::string type_of(std::string_view key) const;
    /// Writes the file when something changed.
    void remember(const std::string& key, std::string_view type);

  private:
    std::string file_;
    std::map<std::string, std::string, std::less<>> types_;
};

/// The key of a port, with the configured address where there is one: "/dev/ttyUSB0#0x01".
std::string memory_key(std::string_view port, std::string_view address);

}  // namespace bmsd::battery

#pragma once
// What may leave the machine of texts that can hold passwords. A configuration is shown by what is known to be
// harmless, not by leaving out what looks secret; other texts lose what the configuration called a secret. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "config/schema.h"

namespace bmsd::cli {

class Secrets {
  public:
    /// `configuration` with every line in its place: settings that are known and not sensitive with their values,
    /// everything else (values of other settings, comments, what no reader understands) as "(removed)".
    /// What was removed as a secret is remembered.
    std::string configuration(std::string_view configuration);

    /// Any other text: without the secrets seen so far, without what stands behind the name of a secret
    /// ("token=..."), without user and password of an address ("mqtt://user:password@host").
    std::string text(std::string_view text) const;

  private:
    void remember(std::string_view value, std::size_t shortest);
    std::string line(std::string_view line);
    std::string option(std::string_view text, std::size_t delimiter);

    std::vector<std::string> seen_;
    bool open_ = false;                  // an option was read: a line that is indented further goes on with its value
    std::size_t indent_ = 0;             // of its line
    const config::Key* list_ = nullptr;  // it is a list that is shown
};

}  // namespace bmsd::cli

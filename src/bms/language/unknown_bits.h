#pragma once
// Status bits whose meaning nobody knows: told in the log when they change, for whoever can find out.
#include "util/log.h"

namespace bmsd::bms {

class UnknownBits {
  public:
    explicit UnknownBits(std::string_view what) : what_(what) {}

    void note(std::uint64_t bits)
    {
        if (bits == last_) return;
        last_ = bits;
        log::info("{}: {:#x}, bits nobody can name", what_, bits);
    }

  private:
    std::string_view what_;
    std::uint64_t last_ = 0;
};

}  // namespace bmsd::bms

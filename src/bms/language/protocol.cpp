#include "bms/language/protocol.h"

namespace bmsd::bms {

Task<Reply<void>> Protocol::command(Channel&, Reading&, Command)
{
    co_return refuse(Refusal::unsupported);
}

}  // namespace bmsd::bms

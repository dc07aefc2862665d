// A shared library that is loaded when its first function is called. What the dynamic loader does
// for a library and for all that it brings along it does before main(), for runs that never need it
// too: with libpcap (nine libraries) and libnftables (four) that was half of the time to start.
//
// The functions are defined here under their own names, so that callers see no difference:
//   FWPROOF_LATE(library(), pcap_t*, pcap_create, (const char* dev, char* words), (dev, words))
#pragma once

#include <initializer_list>

namespace fwproof {

class LateLibrary {
 public:
  /// The first that there is of these names. Throws MachineError, with `hint`, if there is none.
  LateLibrary(std::initializer_list<const char*> names, const char* hint);

  /// Throws MachineError if it has no such function.
  template <typename Function>
  Function function(const char* name) const {
    return reinterpret_cast<Function>(find(name));
  }

 private:
  void* find(const char* name) const;

  void* handle_ = nullptr;  // loaded as long as the process lives
};

}  // namespace fwproof

#define FWPROOF_LATE(library, result, name, parameters, arguments)                \
  namespace {                                                                     \
  auto late_##name() {                                                            \
    static const auto real = (library).template function<decltype(&name)>(#name); \
    return real;                                                                  \
  }                                                                               \
  }                                                                               \
  extern "C" result name parameters { return late_##name() arguments; }

#include "base/late_library.h"

#include <dlfcn.h>

#include <string>

#include "base/error.h"

namespace fwproof {

LateLibrary::LateLibrary(std::initializer_list<const char*> names, const char* hint) {
  for (const char* name : names)
    if (!handle_) handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!handle_)
    throw MachineError(std::string("load the library '") + *names.begin() + "'", dlerror(), hint);
}

void* LateLibrary::find(const char* name) const {
  if (void* found = dlsym(handle_, name)) return found;
  throw MachineError(std::string("find the function '") + name + "'", dlerror());
}

}  // namespace fwproof

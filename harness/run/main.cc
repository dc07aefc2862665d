#include "base/standard_streams.h"
#include "run/cli.h"

int main(int argc, char** argv) {
  if (!fwproof::open_closed_streams()) return fwproof::run::kMachine;
  return fwproof::run::main_program(argc, argv);
}

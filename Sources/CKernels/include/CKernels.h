#pragma once
#include "Optimizers.h"

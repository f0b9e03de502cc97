#pragma once
#include "LayerKernels.h"
#include "Optimizers.h"
#include "Pool.h"
#include "RandomNumbers.h"

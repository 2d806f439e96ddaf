(define (f n) (if (< n 2) n (+ (f (- n 1)) (f (- n 2)))))
(f 15)
(cons 1 (cons 2 (cons 3 ())))
